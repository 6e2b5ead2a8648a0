import { expect, test } from "vitest";
import { psnr, ssim } from "../src/index.ts";
import type { Video } from "../src/index.ts";

const floats = (shape: readonly number[], value = 0): Video => ({
  data: new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(value),
  shape,
});
const clip = floats([1, 16, 16, 3]);

test("unequal shapes are refused", () => {
  expect(() => psnr(clip, floats([1, 16, 15, 3]))).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: psnr: a is [1, 16, 16, 3] but b is [1, 16, 15, 3]]`,
  );
});

test("a layout with other axes than the shape is refused", () => {
  expect(() => psnr(clip, clip, { layout: "hwc" })).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: psnr: a [1, 16, 16, 3] has 4 axes but layout hwc has 3]`,
  );
});

test("a layout that finds no colours on its channel axis is refused", () => {
  const other = floats([1, 3, 16, 16]);
  expect(() => ssim(other, other)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: ssim: layout thwc of a [1, 3, 16, 16] has 16 channels, needed 1, 3 or 4; name another layout]`,
  );
});

test("an empty video is refused", () => {
  const empty = floats([0, 16, 16, 3]);
  expect(() => psnr(empty, empty)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: psnr: a [0, 16, 16, 3] is empty]`,
  );
});

test("a buffer too short for its shape is refused", () => {
  const short = { data: new Float32Array(767), shape: clip.shape };
  expect(() => psnr(clip, short)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: psnr: b has 767 values but shape [1, 16, 16, 3] reads 0 to 767]`,
  );
  const before = { ...clip, stride: [768, -48, 3, 1], offset: 700 };
  expect(() => psnr(before, clip)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: psnr: a has 768 values but shape [1, 16, 16, 3] reads -20 to 747]`,
  );
});

test("NaN is refused and located", () => {
  const data = new Float32Array(768);
  data[48 + 3 + 2] = NaN;
  expect(() => psnr(clip, { data, shape: clip.shape })).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: psnr: b is NaN at frame 0, channel 2, row 1, column 1, outside [0, 1]; name the range or clamp]`,
  );
});

test("values outside the range are refused and located", () => {
  expect(() => ssim(floats(clip.shape, -0.5), clip)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: ssim: a is -0.5 at frame 0, channel 0, row 0, column 0, outside [0, 1]; name the range or clamp]`,
  );
  expect(() =>
    ssim(clip, floats(clip.shape, 1.5), { range: [-1, 1] }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: ssim: b is 1.5 at frame 0, channel 0, row 0, column 0, outside [-1, 1]; name the range or clamp]`,
  );
});

test("bytes against floats need a named range", () => {
  const bytes = { data: new Uint8Array(768), shape: clip.shape };
  expect(() => psnr(bytes, clip)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: psnr: a is bytes and b floats; name the range of both]`,
  );
});

test("frames smaller than the window have no SSIM", () => {
  const small = floats([1, 10, 16, 3]);
  expect(() => ssim(small, small)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: ssim: frames of 10 x 16 are smaller than the 11 x 11 window]`,
  );
});
