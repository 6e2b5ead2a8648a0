import { conv, layerNorm, noGrad, tensor, useBackend, withPrecision } from "@vidtok/tensor";
import { noise, roundToBf16 } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { backends, skipped } from "./isas.ts";

const eps = 1e-6;

/** Channels, positions and the mean of the input: whole vectors and not, several blocks of them, far from 0. */
const cases = [
  [64, 17, 0],
  [128, 20, 30],
  [1088, 9, -3],
  [40, 19, 1],
  [6, 5, 0],
] as const;

/** Layer norm of rows of `c` numbers in float64. */
function exact(
  rows: readonly number[],
  c: number,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
) {
  return rows.map((value, i) => {
    const row = rows.slice(i - (i % c), i - (i % c) + c);
    const mean = row.reduce((a, b) => a + b) / c;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / c;
    return ((value - mean) / Math.sqrt(variance + eps)) * weight[i % c]! + bias[i % c]!;
  });
}

for (const [isa, backend] of backends) {
  test.each(cases.flatMap((one) => [[...one, "none"] as const, [...one, "silu"] as const]))(
    `${isa}, layer norm of %d channels stored as bf16, %d positions around %d, then %s, differs from exact by rounding`,
    async (channels, positions, mean, activation) => {
      await useBackend(backend);
      const numbers = noise("x", [positions, channels], mean - 2, mean + 2);
      const rows = [...(await numbers.read())].map(roundToBf16);
      const weight = noise("w", [channels], 0.5, 1.5);
      const bias = noise("b", [channels]);
      const identity = Float32Array.from({ length: channels ** 2 }, (_, i) =>
        i % (channels + 1) === 0 ? 1 : 0,
      );
      const actual = await noGrad(() =>
        withPrecision("bf16", () => {
          // What a product in bf16 wrote is stored as bf16.
          const x = tensor(rows, [positions, channels, 1, 1, 1]);
          const stored = conv(x, tensor(identity, [channels, channels, 1, 1, 1]));
          return layerNorm(stored, weight, bias, { eps, activation });
        }),
      ).read();
      const y = exact(rows, channels, await weight.read(), await bias.read());
      const expected = activation === "silu" ? y.map((v) => v / (1 + Math.exp(-v))) : y;
      for (const [i, value] of expected.entries()) {
        // Half a unit of the last place of bf16, and a tenth of it for what comes before rounding; without an activation results are f32.
        const half = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 8);
        const rounding = activation === "silu" ? 1.1 * half : 0;
        expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(rounding + 2e-5);
      }
    },
  );
}

for (const [isa, reason] of skipped) {
  test(`layer norm on ${isa}`, ({ skip }) => skip(reason));
}
