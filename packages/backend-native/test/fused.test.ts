import { conv, noGrad, withPrecision, type ConvOptions, type Tensor } from "@vidtok/tensor";
import { noise, difference, referenceBackend } from "@vidtok/tensor/testing";
import { useBackend, type Backend } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { backends, skipped } from "./isas.ts";

interface FusedCase {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly options: () => ConvOptions;
}

const alpha = (): Tensor => noise("mix", [1], 0.2, 0.8);

// As wide as it takes for every method of the kernel, and narrower.
const cases: Readonly<Record<string, FusedCase>> = {
  "a block's residual": {
    x: [2, 64, 1, 12, 13],
    w: [64, 64, 1, 3, 3],
    options: () => ({
      bias: noise("bias", [64]),
      padding: [0, 1, 1],
      residual: noise("residual", [2, 64, 1, 12, 13]),
    }),
  },
  "time doubled after frames before, mixed": {
    x: [1, 64, 1, 12, 11],
    w: [64, 64, 3, 3, 3],
    options: () => ({
      bias: noise("bias", [64]),
      before: noise("before", [1, 64, 1, 12, 11]),
      upsample: [2],
      padding: [0, 1, 1],
      residual: noise("residual", [1, 64, 1, 12, 11]),
      mix: alpha(),
    }),
  },
  "narrow time doubled, mixed": {
    x: [2, 20, 3, 5, 7],
    w: [20, 20, 3, 3, 3],
    options: () => ({
      upsample: [2],
      padding: [[2, 0], 1, 1],
      residual: noise("residual", [2, 20, 3, 5, 7]),
      mix: alpha(),
    }),
  },
  "space doubled": {
    x: [2, 40, 2, 5, 9],
    w: [37, 40, 1, 3, 3],
    options: () => ({ bias: noise("bias", [37]), upsample: [3, 4], padding: [0, 1, 1] }),
  },
  "everything doubled, five taps": {
    x: [1, 6, 3, 4, 5],
    w: [7, 6, 5, 4, 3],
    options: () => ({
      upsample: [2, 3, 4],
      padding: [[3, 0], [1, 4], 2],
      residual: noise("residual", [1, 7, 5, 10, 6]),
    }),
  },
  "strided after a frame before, mixed": {
    x: [1, 64, 4, 11, 12],
    w: [64, 64, 3, 3, 3],
    options: () => ({
      before: noise("before", [1, 64, 1, 11, 12]),
      stride: [2, 1, 1],
      padding: [0, 1, 1],
      residual: noise("residual", [1, 64, 2, 11, 12]),
      mix: alpha(),
    }),
  },
  "from three channels, after a frame before": {
    x: [2, 3, 3, 9, 41],
    w: [40, 3, 3, 3, 3],
    options: () => ({
      bias: noise("bias", [40]),
      before: noise("before", [2, 3, 1, 9, 41]),
      stride: [1, 2, 2],
      padding: [0, 1, [0, 1]],
      residual: noise("residual", [2, 40, 2, 5, 20]),
    }),
  },
  "to three channels, after frames before, mixed": {
    x: [2, 40, 3, 19, 41],
    w: [3, 40, 3, 3, 3],
    options: () => ({
      bias: noise("bias", [3]),
      before: noise("before", [2, 40, 2, 19, 41]),
      padding: [0, 1, 1],
      residual: noise("residual", [2, 3, 3, 19, 41]),
      mix: alpha(),
    }),
  },
  "along time after frames before": {
    x: [2, 24, 2, 3, 50],
    w: [24, 24, 3, 1, 1],
    options: () => ({
      before: noise("before", [2, 24, 2, 3, 50]),
      residual: noise("residual", [2, 24, 2, 3, 50]),
    }),
  },
};

async function run(backend: Backend, { x, w, options }: FusedCase, precision: "f32" | "bf16") {
  await useBackend(backend);
  // What a product in bf16 wrote is stored as bf16.
  const one = noise("one", [x[1]!, x[1]!, 1, 1, 1]);
  return noGrad(() =>
    withPrecision(precision, () => {
      const input = precision === "bf16" ? conv(noise("x", x), one) : noise("x", x);
      return conv(input, noise("w", w), options());
    }),
  ).read();
}

for (const [isa, backend] of backends) {
  test.each(Object.keys(cases))(`${isa}, %s, is what the ops alone compute`, async (name) => {
    const expected = await run(referenceBackend(), cases[name]!, "f32");
    const actual = await run(backend, cases[name]!, "f32");
    expect(difference(actual, expected).relative).toBeLessThan(3e-6);
  });

  test.each(Object.keys(cases))(`${isa}, %s, in bf16`, async (name) => {
    const expected = await run(referenceBackend(), cases[name]!, "bf16");
    const actual = await run(backend, cases[name]!, "bf16");
    // Taps that are added up beforehand are rounded afterwards.
    expect(difference(actual, expected).relative).toBeLessThan(2 ** -7);
  });
}

for (const [isa, reason] of skipped) {
  test(`fused convolutions on ${isa}`, ({ skip }) => skip(reason));
}
