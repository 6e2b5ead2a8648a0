import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Frames } from "../src/frames.ts";
import { resizeAntialias } from "../src/resize.ts";
import { clipToFrames } from "../src/clip.ts";
import { resizeCropNormalize } from "../src/fit.ts";
import { readSafetensors } from "./safetensors.ts";

const blocks = JSON.parse(
  readFileSync(new URL("fixtures/blocks.json", import.meta.url), "utf8"),
) as Record<string, number[]>;
const goldens = readSafetensors(new URL("fixtures/data.safetensors", import.meta.url));

/** Values in [-1, 1) that depend on the name only; the recorded images were made of them. */
function hashed(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193) >>> 0;
  return Float64Array.from({ length: count }, (_, i) => {
    let h = (seed + Math.imul(i, 0x9e3779b1)) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h = (h ^ (h >>> 16)) >>> 0;
    return Math.fround((2 * h) / 2 ** 32 - 1);
  });
}

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let error = 0;
  for (let i = 0; i < actual.length; i++) {
    error = Math.max(error, Math.abs(actual[i]! - expected[i]!));
  }
  return error;
}

const resizes = Object.keys(blocks).filter((name) => name.startsWith("resize_aa/"));

test.each(resizes)("%s", (name) => {
  const [, h, w, height, width] = /(\d+)x(\d+)_to_(\d+)x(\d+)/.exec(name)!.map(Number);
  const image = hashed(`input:img${h}x${w}`, h! * w!).map((v) => (v + 1) / 2);
  const out = resizeAntialias(Float32Array.from(image), [h!, w!], height!, width!);
  expect(worst(out, blocks[name]!)).toBeLessThan(1e-6);
});

/** `[t, 3, h, w]` to `[t, h, w, 3]` */
function interleaved(data: Uint8Array, [t, , h, w]: number[]): Frames {
  const out = new Uint8Array(data.length);
  const plane = h! * w!;
  for (let i = 0; i < t! * 3 * plane; i++) {
    const frame = Math.floor(i / (3 * plane));
    const c = Math.floor(i / plane) % 3;
    out[(frame * plane + (i % plane)) * 3 + c] = data[i]!;
  }
  return { data: out, shape: [t!, h!, w!, 3] };
}

test.each(["r1", "r2", "r3", "r4"])("resized, cropped and normalised clip %s", (name) => {
  const input = goldens.u8(`${name}.in_u8`);
  const expected = goldens.f32(`${name}.out`);
  const sizes = JSON.parse(goldens.metadata[name]!) as Record<string, number>;
  const frames = interleaved(input.data, input.shape);
  const clip = resizeCropNormalize(frames, sizes["input_height"]!, sizes["input_width"]!);

  const [t, , h, w] = expected.shape;
  expect(clip.shape).toEqual([3, t, h, w]);
  const planes = new Float32Array(clip.data.length); // [3, t, h, w] → [t, 3, h, w]
  const plane = h! * w!;
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < t!; i++) {
      const from = (c * t! + i) * plane;
      planes.set(clip.data.subarray(from, from + plane), (i * 3 + c) * plane);
    }
  }
  expect(worst(planes, expected.data)).toBeLessThan(1e-5);
});

test("frames of the wanted size keep the bits of (x / 255 - 0.5) / 0.5 in float32", () => {
  const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => i % 256);
  const clip = resizeCropNormalize({ data, shape: [1, 16, 16, 3] }, 16, 16);
  for (let i = 0; i < 256; i++) {
    const expected = Math.fround(Math.fround(Math.fround(data[i * 3]! / 255) - 0.5) / 0.5);
    expect(clip.data[i]).toBe(expected);
  }
});

test("a picture narrower than the target lies in the middle of black", () => {
  const data = new Uint8Array(4 * 2 * 3).fill(255); // 4 rows, 2 columns → 8 rows, 4 columns
  const clip = resizeCropNormalize({ data, shape: [1, 4, 2, 3] }, 4, 9);
  expect(clip.shape).toEqual([3, 1, 4, 9]);
  const row = [-1, -1, 1, 1, 1, 1, -1, -1, -1];
  expect([...clip.data]).toEqual(Array(12).fill(row).flat());
});

test("a clip becomes frames by truncation", () => {
  const values = [-2, -1, 0, 0.999, 1, 7];
  const data = Float32Array.from([...values, ...values, ...values]);
  const frames = clipToFrames({ data, shape: [3, 2, 1, 3] });
  expect(frames.shape).toEqual([2, 1, 3, 3]);
  expect([...frames.data].filter((_, i) => i % 3 === 0)).toEqual([0, 0, 127, 254, 255, 255]);
});

test("frames that do not fit their shape and sizes that are none are errors", () => {
  const data = new Uint8Array(11);
  expect(() =>
    resizeCropNormalize({ data, shape: [1, 2, 2, 3] }, 4, 4),
  ).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: resizeCropNormalize: 11 bytes but shape [1, 2, 2, 3] takes 12]`,
  );
  expect(() =>
    resizeCropNormalize({ data: new Uint8Array(12), shape: [1, 2, 2, 3] }, 4, 0),
  ).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: resizeCropNormalize: size 4x0 is not positive and whole]`,
  );
});
