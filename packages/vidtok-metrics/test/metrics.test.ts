import ndarray from "ndarray";
import { expect, test } from "vitest";
import { psnr, ssim } from "../src/index.ts";
import type { Video } from "../src/index.ts";
import { noise } from "./pairs.ts";

const shape = [2, 16, 13, 3];
const length = 2 * 16 * 13 * 3;
const bytes = (name: string): Uint8Array =>
  Uint8Array.from(noise(name, length), (v) => Math.floor((v + 1) * 128));
const a: Video = { data: bytes("a"), shape };
const b: Video = { data: bytes("b"), shape };

test("equal frames score 80 dB and an SSIM of 1", () => {
  expect(Array.from(psnr(a, a).frames)).toEqual([80, 80]);
  expect(ssim(a, a).mean).toBeCloseTo(1, 12);
});

test("PSNR is that of the mean square error of each frame", () => {
  const black = { data: new Uint8Array(24), shape: [2, 2, 2, 3] };
  const other = { data: new Uint8Array(24).fill(51, 12), shape: [2, 2, 2, 3] };
  const result = psnr(black, other);
  expect(result.frames[0]).toBe(80);
  expect(result.frames[1]).toBeCloseTo(-10 * Math.log10(0.04 + 1e-8), 12);
  expect(result.mean).toBeCloseTo((result.frames[0]! + result.frames[1]!) / 2, 12);
});

test("every layout of the same frames scores the same", () => {
  const scores = ([axes, layout]: [number[], "tchw" | "cthw"]): number[] => {
    const move = (video: Video): Video =>
      ndarray(video.data as Uint8Array, [...video.shape]).transpose(...axes);
    return [psnr, ssim].map((metric) => metric(move(a), move(b), { layout }).mean);
  };
  const expected = [psnr(a, b).mean, ssim(a, b).mean];
  const cases: [number[], "tchw" | "cthw"][] = [
    [[0, 3, 1, 2], "tchw"],
    [[3, 0, 1, 2], "cthw"],
  ];
  for (const each of cases) expect(scores(each)).toEqual(expected);
  const frame = ({ data }: Video): Video => ({ data: data.slice(0, 624), shape: [16, 13, 3] });
  expect(psnr(frame(a), frame(b)).mean).toBe(psnr(a, b).frames[0]);
  expect(psnr(frame(a), frame(b), { layout: "hwc" }).settings.layout).toBe("hwc");
});

test("every range of the same frames scores the same", () => {
  const scaled = (video: Video, f: (v: number) => number): Video => ({
    data: Float64Array.from(video.data, f),
    shape,
  });
  const unit = [scaled(a, (v) => v / 255), scaled(b, (v) => v / 255)] as const;
  const signed = [scaled(a, (v) => v / 127.5 - 1), scaled(b, (v) => v / 127.5 - 1)] as const;
  for (const metric of [psnr, ssim]) {
    const { mean } = metric(a, b);
    expect(metric(...unit).mean).toBeCloseTo(mean, 9);
    expect(metric(...signed, { range: [-1, 1] }).mean).toBeCloseTo(mean, 9);
    const floats = scaled(b, (v) => v);
    expect(metric(a, floats, { range: [0, 255] }).mean).toBe(mean);
  }
});

test("a flipped and shifted ndarray is read through its strides and offset", () => {
  const nd = ndarray(a.data as Uint8Array, [...shape]);
  const flipped = nd.step(1, -1, 1, 1);
  const mirrored = psnr(flipped, ndarray(b.data as Uint8Array, [...shape]).step(1, -1, 1, 1));
  expect(mirrored.mean).toBeCloseTo(psnr(a, b).mean, 12);
  const second = psnr(nd.lo(1), ndarray(b.data as Uint8Array, [...shape]).lo(1));
  expect(second.mean).toBe(psnr(a, b).frames[1]);
});

test("the result says by which conventions it was found", () => {
  expect(psnr(a, b).settings).toEqual({
    metric: "psnr",
    convention: "frames",
    layout: "thwc",
    range: [0, 255],
    epsilon: 1e-8,
  });
  expect(ssim(a, b).settings).toEqual({
    metric: "ssim",
    convention: "piq",
    isSampleCovariance: false,
    border: 0,
    layout: "thwc",
    range: [0, 255],
    window: 11,
    sigma: 1.5,
    k1: 0.01,
    k2: 0.03,
    downsample: 1,
  });
});
