import { psnr } from "@vidtok/metrics";
import { grad, Random, ShapeError, tensor, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { generatorTerms, regularization } from "../../src/losses/generatorTerms.ts";
import { reconstructionTerms } from "../../src/losses/reconstruction.ts";
import { framePsnr } from "../../src/losses/framePsnr.ts";

beforeAll(() => useBackend(referenceBackend()));

const shape = [2, 3, 4, 5, 6] as const;

function clip(seed: number, limit = 1): Tensor {
  return tensor(new Random(seed).uniform(2 * 3 * 4 * 5 * 6, -limit, limit), shape);
}

type Numbers = Float32Array | Float64Array;

function absoluteError(a: Numbers, b: Numbers): number {
  return Array.from(a).reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0);
}

const logvar = (): Tensor => tensor([0.3], []);

test("the loss of a frame is Σ (|x − x̂| / e^logvar + logvar) over its pixels", async () => {
  const [x, recon] = [clip(1), clip(2)];
  const { nll, rec } = reconstructionTerms(x, recon, logvar());
  const [a, b] = [await x.readExact(), await recon.readExact()];
  const absolute = absoluteError(a, b);
  const expected = (absolute / Math.exp(0.3) + 0.3 * a.length) / (2 * 4);
  expect(await nll.item()).toBeCloseTo(expected, 9);
  expect(await rec.item()).toBeCloseTo(absolute / a.length, 12);
});

test("the perceptual distance of a frame is added to each of its elements", async () => {
  const [x, recon] = [clip(1), clip(2)];
  const distance = tensor([1, 2, 3, 4, 5, 6, 7, 8], [8, 1, 1, 1]);
  const plain = reconstructionTerms(x, recon, logvar());
  const { nll, rec } = reconstructionTerms(x, recon, logvar(), { distance, weight: 0.5 });
  expect((await rec.item()) - (await plain.rec.item())).toBeCloseTo(0.5 * 4.5, 9);
  const pixels = 3 * 5 * 6;
  const more = (0.5 * 4.5 * pixels) / Math.exp(0.3);
  expect((await nll.item()) - (await plain.nll.item())).toBeCloseTo(more, 6);
});

test("regularizer losses count with their weights, and those without one not at all", async () => {
  const terms = reconstructionTerms(clip(1), clip(2), logvar());
  const aux = { aux_loss: tensor([0.25], []) };
  const weights = new Map([
    ["aux_loss", 2],
    ["kl_loss", 100],
  ] as const);
  const all = generatorTerms(terms, regularization(aux, weights));
  const nll = await all.get("nll_loss")!.item();
  expect((await all.get("total_loss")!.item()) - nll).toBeCloseTo(0.5, 9);
  expect([...all.keys()]).toEqual(["total_loss", "nll_loss", "rec_loss", "aux_loss"]);

  const without = generatorTerms(terms, regularization(aux, new Map([["kl_loss", 100]])));
  expect(await without.get("total_loss")!.item()).toBe(nll);
});

test("the gradients of the loss are those of its formula", async () => {
  const [x, recon, scale] = [clip(1), clip(2), logvar()];
  const { nll } = reconstructionTerms(x, recon, scale);
  const [dRecon, dLogvar] = grad(nll, [recon, scale]);
  const [a, b, d] = [await x.readExact(), await recon.readExact(), await dRecon!.readExact()];
  a.forEach((value, i) => {
    expect(d[i]).toBeCloseTo((Math.sign(b[i]! - value) * Math.exp(-0.3)) / 8, 9);
  });
  const absolute = absoluteError(a, b);
  expect(await dLogvar!.item()).toBeCloseTo((a.length - absolute * Math.exp(-0.3)) / 8, 9);
});

test("a reconstruction of another size is an error", () => {
  const [x, recon] = [clip(1), tensor([0], [1, 1, 1, 1, 1])];
  const act = (): unknown => reconstructionTerms(x, recon, logvar());
  expect(act).toThrow(ShapeError);
  expect(act).toThrow(
    "loss: the reconstruction is [1, 1, 1, 1, 1] but the clip [2, 3, 4, 5, 6]; " +
      "choose a clip length that the model gives back whole",
  );
});

test("PSNR is that of @vidtok/metrics, of the reconstruction limited to [-1, 1]", async () => {
  const [x, recon] = [clip(1), clip(2, 1.5)];
  const [a, b] = [await x.read(), (await recon.read()).map((v) => Math.max(-1, Math.min(1, v)))];
  const half = a.length / 2;
  const expected = [0, 1].map((i) => {
    const part = (data: Float32Array) => ({
      data: data.subarray(i * half, (i + 1) * half),
      shape: [3, 4, 5, 6],
    });
    return psnr(part(a), part(b), { layout: "cthw", range: [-1, 1] }).mean;
  });
  expect(await framePsnr(x, recon).item()).toBeCloseTo((expected[0]! + expected[1]!) / 2, 5);
  expect(await framePsnr(x, x).item()).toBeCloseTo(80, 9);
});
