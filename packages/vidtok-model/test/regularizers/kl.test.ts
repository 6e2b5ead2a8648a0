import { grad, noGrad, Random, reshape, tensor, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { gradcheck, noise, referenceBackend } from "@vidtok/tensor/testing";
import { beforeEach, expect, test } from "vitest";
import { DiagonalGaussianRegularizer } from "../../src/regularizers/kl.ts";
import { passAt } from "../parity/regularizerCases.ts";

const backend = referenceBackend();
beforeEach(() => useBackend(backend).then(() => undefined));

const kl = new DiagonalGaussianRegularizer({ kind: "kl", sample: true });

test("noise has the mean and the spread that the moments say", async () => {
  const count = 20_000;
  const moments = tensor(
    Float64Array.from({ length: 2 * count }, (_, i) => (i < count ? 3 : 2 * Math.log(0.5))),
    [1, 2, 1, 1, count],
  );
  const pass = { ...passAt(0), sample: true, random: new Random(5) };
  const values = Array.from(await noGrad(() => kl.forward(moments, pass).z).readExact());
  const mean = values.reduce((a, b) => a + b, 0) / count;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / count;
  expect(mean).toBeCloseTo(3, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
});

test("log variances beyond -30 and 20 count as that, without a gradient", async () => {
  const moments = tensor([0, 0, 0, -100, 20, 50], [1, 2, 1, 1, 3]);
  const { regLog } = kl.forward(moments, passAt(0));
  const expected = [-30, 20, 20].reduce((all, v) => all + 0.5 * (Math.exp(v) - 1 - v), 0);
  expect(await regLog.kl_loss!.item()).toBeCloseTo(expected, 3);
  const [slope] = grad(regLog.kl_loss!, [moments]);
  const values = await slope!.readExact();
  expect([values[3], values[5]]).toEqual([0, 0]);
  expect(values[4]).toBeGreaterThan(1e8);
});

test("the loss is a sum over latents and a mean over the batch", async () => {
  const one = noise("m", [1, 4, 1, 2, 2]);
  const values = await one.readExact();
  const two = tensor(Float64Array.from([...values, ...values]), [2, 4, 1, 2, 2]);
  const loss = (x: typeof one) => noGrad(() => kl.forward(x, passAt(0)).regLog.kl_loss!).item();
  expect(await loss(two)).toBeCloseTo(await loss(one), 12);
});

test("the gradients of drawn latents and of the loss", async () => {
  const pass = () => ({ ...passAt(0), sample: true, random: new Random(5) });
  const shape = [1, 4, 1, 2, 2];
  expect(await gradcheck((x) => kl.forward(x, pass()).z, [shape])).toBeLessThan(1e-6);
  const loss = (x: Tensor) => reshape(kl.forward(x, pass()).regLog.kl_loss!, [1]);
  expect(await gradcheck(loss, [shape])).toBeLessThan(1e-6);
});

test("an odd number of channels is refused", () => {
  expect(() => kl.forward(noise("m", [1, 3, 1, 2, 2]), passAt(0))).toThrow(
    "kl: the encoder's output [1, 3, 1, 2, 2] has 3 channels, which do not split into means and variances",
  );
});
