import { expect, test } from "vitest";
import { gaussian } from "../src/gaussian.ts";
import { psnr, ssim } from "../src/index.ts";
import { noisyPair, storedPair } from "./pairs.ts";

test("PSNR and SSIM of small frames equal the reference", () => {
  const [a, b] = noisyPair([3, 3, 40, 48], "input:psnr_a", "input:psnr_b");
  expect(psnr(a, b, { layout: "tchw" }).mean).toBeCloseTo(25.05965610096059, 9);
  expect(ssim(a, b, { layout: "tchw" }).mean).toBeCloseTo(0.9805058416486325, 9);
});

test("SSIM of large frames is of the frames pooled to about 256 pixels, as in the reference", () => {
  const [a, b] = noisyPair([1, 3, 400, 416], "input:psnr_a", "input:psnr_b");
  const result = ssim(a, b, { layout: "tchw" });
  expect(result.settings.downsample).toBe(2);
  expect(result.mean).toBeCloseTo(0.9804444713197222, 9);
  expect(psnr(a, b, { layout: "tchw" }).mean).toBeCloseTo(24.992042935232355, 9);
});

test("a side of 2.03 windows of 256 is pooled by 2, and of 640 by the even half", () => {
  const [a, b] = noisyPair([1, 3, 520, 528], "big.x", "big.y");
  expect(ssim(a, b, { layout: "tchw" }).mean).toBeCloseTo(0.980341911315918, 6);
  expect(psnr(a, b, { layout: "tchw" }).mean).toBeCloseTo(24.994773864746094, 5);
  const flat = { data: new Uint8Array(640 * 640), shape: [640, 640, 1] };
  expect(ssim(flat, flat).settings.downsample).toBe(2);
});

test("clips stored in channel, time order score what PyTorch finds in float32", () => {
  const { x, y, ...expected } = storedPair();
  const quality = psnr(x, y, { layout: "cthw" });
  expect(quality.frames).toHaveLength(2);
  expect(quality.mean).toBeCloseTo(expected.psnr, 4);
  expect(ssim(x, y, { layout: "cthw" }).mean).toBeCloseTo(expected.ssim, 5);
});

test("the window is the sampled Gaussian of width 11 and sigma 1.5", () => {
  const row = [0.00102838, 0.00759876, 0.03600077, 0.10936069, 0.21300554, 0.26601173];
  const taps = gaussian(11, 1.5);
  expect(taps).toHaveLength(11);
  row.forEach((tap, i) => expect(taps[i]).toBeCloseTo(tap, 7));
  expect(taps[5]! * taps[0]!).toBeCloseTo(0.00027356116, 9);
});
