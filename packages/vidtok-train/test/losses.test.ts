import { psnr } from "@vidtok/metrics";
import { initialize } from "@vidtok/nn";
import { grad, Random, ShapeError, tensor, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { AutoencoderLoss } from "../src/losses/autoencoderLoss.ts";
import { framePsnr } from "../src/losses/framePsnr.ts";

beforeAll(() => useBackend(referenceBackend()));

const shape = [2, 3, 4, 5, 6] as const;

function clip(seed: number, limit = 1): Tensor {
  return tensor(new Random(seed).uniform(2 * 3 * 4 * 5 * 6, -limit, limit), shape);
}

type Numbers = Float32Array | Float64Array;

function absoluteError(a: Numbers, b: Numbers): number {
  return Array.from(a).reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0);
}

function lossOf(weights: readonly (readonly ["aux_loss" | "kl_loss", number])[]): AutoencoderLoss {
  const regularizationWeights = new Map(weights);
  const loss = new AutoencoderLoss({ logvarInit: 0.3, learnLogvar: true, regularizationWeights });
  initialize({ loss }, 0);
  return loss;
}

test("the loss of a frame is Σ (|x − x̂| / e^logvar + logvar) over its pixels", async () => {
  const [x, recon] = [clip(1), clip(2)];
  const { total, logs } = lossOf([]).forward(x, recon, {});
  const [a, b] = [await x.readExact(), await recon.readExact()];
  const absolute = absoluteError(a, b);
  const expected = (absolute / Math.exp(0.3) + 0.3 * a.length) / (2 * 4);
  // logvar starts as a float32.
  expect(await total.item()).toBeCloseTo(expected, 4);
  expect(await logs.get("nll_loss")!.item()).toBeCloseTo(expected, 4);
  expect(await logs.get("rec_loss")!.item()).toBeCloseTo(absolute / a.length, 12);
  expect([...logs.keys()]).toEqual(["total_loss", "nll_loss", "rec_loss"]);
});

test("regularizer losses count with their weights, and those without one not at all", async () => {
  const [x, recon] = [clip(1), clip(2)];
  const loss = lossOf([
    ["aux_loss", 2],
    ["kl_loss", 100],
  ]);
  const { total, logs } = loss.forward(x, recon, { aux_loss: tensor([0.25], []) });
  const nll = await logs.get("nll_loss")!.item();
  expect((await total.item()) - nll).toBeCloseTo(0.5, 9);
  expect([...logs.keys()]).toEqual(["total_loss", "nll_loss", "rec_loss", "aux_loss"]);

  const without = lossOf([["kl_loss", 100]]).forward(x, recon, { aux_loss: tensor([0.25], []) });
  expect(await without.total.item()).toBe(nll);
});

test("the gradients of the loss are those of its formula", async () => {
  const [x, recon] = [clip(1), clip(2)];
  const loss = lossOf([]);
  const { total } = loss.forward(x, recon, {});
  const [dRecon, dLogvar] = grad(total, [recon, loss.logvar.value]);
  const [a, b, d] = [await x.readExact(), await recon.readExact(), await dRecon!.readExact()];
  a.forEach((value, i) => {
    expect(d[i]).toBeCloseTo((Math.sign(b[i]! - value) * Math.exp(-0.3)) / 8, 6);
  });
  const absolute = absoluteError(a, b);
  expect(await dLogvar!.item()).toBeCloseTo((a.length - absolute * Math.exp(-0.3)) / 8, 4);
});

test("a reconstruction of another size is an error", () => {
  const [x, recon] = [clip(1), tensor([0], [1, 1, 1, 1, 1])];
  const act = (): unknown => lossOf([]).forward(x, recon, {});
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
