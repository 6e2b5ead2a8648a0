import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { psnr, Ssim, ssim } from "../src/index.ts";
import { noisyPair } from "./pairs.ts";

const [a, b] = noisyPair([2, 3, 40, 48], "input:psnr_a", "input:psnr_b");
const layout = "tchw";

test("SSIM by scikit-image's convention is what scikit-image 0.26 finds", () => {
  const { frames, settings } = ssim(a, b, { layout, convention: "skimage" });
  expect(frames[0]).toBeCloseTo(0.9808921665557575, 12);
  expect(frames[1]).toBeCloseTo(0.9806591786270658, 12);
  expect(settings).toMatchObject({ window: 7, sigma: null, isSampleCovariance: true });
  const total = new Ssim({ layout, convention: "skimage" });
  expect(total.update(a, b).frames).toEqual(frames);
});

test("scikit-image's convention keeps the size of large frames", () => {
  const large = { data: new Uint8Array(640 * 640), shape: [640, 640, 1] };
  expect(ssim(large, large, { convention: "skimage" }).settings.downsample).toBe(1);
});

test("scikit-image's window is smaller, but has to fit too", () => {
  const frames = (side: number) => ({ data: new Uint8Array(side * side), shape: [side, side, 1] });
  expect(ssim(frames(7), frames(7), { convention: "skimage" }).mean).toBe(1);
  expect(() => ssim(frames(6), frames(6), { convention: "skimage" })).toThrow(
    "ssim: frames of 6 x 6 are smaller than the 7 x 7 window",
  );
});

test("SSIM by TorchMetrics' convention is what its formula gives in PyTorch", () => {
  const { cases } = JSON.parse(
    readFileSync(new URL("./fixtures/torchmetrics.json", import.meta.url), "utf8"),
  ) as { cases: { shape: number[]; ssim: number[] }[] };
  expect(cases).toHaveLength(3);
  for (const { shape, ssim: expected } of cases) {
    const pair = noisyPair(shape, "input:psnr_a", "input:psnr_b");
    const { frames, settings } = ssim(...pair, { layout, convention: "torchmetrics" });
    expect(frames).toHaveLength(expected.length);
    expected.forEach((value, i) => expect(frames[i]).toBeCloseTo(value, 12));
    expect(settings).toMatchObject({ window: 11, sigma: 1.5, border: 5, downsample: 1 });
  }
  const small = { data: new Uint8Array(5 * 9), shape: [5, 9, 1] };
  expect(() => ssim(small, small, { convention: "torchmetrics" })).toThrow(
    "ssim: frames of 5 x 9 are smaller than the 11 x 11 window, of which 5 pixels may be mirrored",
  );
});

test("pooled PSNR is what scikit-image 0.26 finds for the whole video", () => {
  const { mean, settings } = psnr(a, b, { layout, convention: "pooled" });
  expect(mean).toBeCloseTo(25.05028648322839, 11);
  expect(settings).toMatchObject({ convention: "pooled", epsilon: 0 });
  expect(psnr(a, a, { layout, convention: "pooled" }).mean).toBe(Infinity);
});
