import "@vidtok/backend-native";
import { grad, mean, scope, square, UnavailableError, useBackend } from "@vidtok/tensor";
import type { Backend, Precision } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { microModel } from "./microModel.ts";
import { hashInput, loadHashWeights } from "./parity/hash.ts";

interface Step {
  readonly recon: Float32Array;
  readonly gradients: Float32Array;
}

/** The reconstruction of a clip and all gradients in one row, of the smallest model but with 8 channels: norms over 4 magnify any rounding. */
async function step(backend: Backend, precision: Precision): Promise<Step> {
  const model = await microModel({ backend, precision, params: { ch: 8 } });
  loadHashWeights(model, "each");
  const clip = hashInput("input", [1, 3, 5, 16, 16]);
  const weights = [...model.namedParameters().values()].map(({ value }) => value);
  const [recon, ...gradients] = scope(() => {
    const y = model.forward(clip, { sample: false }).recon;
    return [y, ...grad(mean(square(y)), weights)];
  });
  const rows = await Promise.all(gradients.map((dw) => dw.read()));
  return { recon: await recon!.read(), gradients: Float32Array.from(rows.flatMap((r) => [...r])) };
}

const power = (values: Float32Array): number => values.reduce((sum, v) => sum + v * v, 0);
const distance = (a: Float32Array, b: Float32Array): number => power(a.map((v, i) => v - b[i]!));

/** In dB, of clips in [-1, 1]. */
const psnr = (a: Float32Array, b: Float32Array): number =>
  10 * Math.log10((4 * a.length) / distance(a, b));
const relative = (actual: Float32Array, expected: Float32Array): number =>
  Math.sqrt(distance(actual, expected) / power(expected));

test("a step in bf16 is close to one in f32, and not the same", async ({ skip }) => {
  const backend = await useBackend("native").catch((error: unknown) => {
    if (error instanceof UnavailableError) skip(error.message);
    throw error;
  });
  const exact = await step(backend, "f32");
  const rounded = await step(backend, "bf16");
  expect(psnr(rounded.recon, exact.recon)).toBeGreaterThan(40);
  expect(psnr(rounded.recon, exact.recon)).toBeLessThan(70);
  expect(relative(rounded.gradients, exact.gradients)).toBeLessThan(0.05);
});
