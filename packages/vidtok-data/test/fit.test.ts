import { expect, test } from "vitest";
import { cutShare, fitFrames, resizeCropNormalize } from "../src/fit.ts";
import type { Frames } from "../src/frames.ts";

function ramp(h: number, w: number): Frames {
  const data = Uint8Array.from({ length: h * w * 3 }, (_, i) => (i * 7) % 256);
  return { data, shape: [1, h, w, 3] };
}

const value = (byte: number): number => Math.fround(byte / 127.5 - 1);

test("native keeps every pixel", () => {
  const frames = ramp(3, 5);
  const { data, shape } = fitFrames(frames, { fit: "native" });
  expect(shape).toEqual([3, 1, 3, 5]);
  for (let i = 0; i < 15; i++) {
    for (let c = 0; c < 3; c++) {
      expect(data[c * 15 + i]).toBeCloseTo(value(frames.data[3 * i + c]!), 6);
    }
  }
});

test("contain shows the whole picture between black borders", () => {
  const white: Frames = { data: new Uint8Array(2 * 8 * 3).fill(255), shape: [1, 2, 8, 3] };
  const { data, shape } = fitFrames(white, { fit: "contain", height: 8, width: 8 });
  expect(shape).toEqual([3, 1, 8, 8]);
  const rows = Array.from({ length: 8 }, (_, y) => [...new Set(data.subarray(8 * y, 8 * y + 8))]);
  expect(rows).toEqual([[-1], [-1], [-1], [1], [1], [-1], [-1], [-1]]);
});

test("contain scales up and down, and a thin picture keeps one row", () => {
  const size = { height: 16, width: 16 };
  expect(fitFrames(ramp(4, 4), { fit: "contain", ...size }).shape).toEqual([3, 1, 16, 16]);
  const thin = fitFrames(ramp(1, 200), { fit: "contain", ...size });
  const seen = [...thin.data.subarray(0, 256)].filter((x) => x !== -1);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.length).toBeLessThanOrEqual(16);
});

test("crop is the reference's resize and crop, and says what it cuts off", () => {
  const frames = ramp(6, 12);
  const fit = { fit: "crop", height: 4, width: 4 } as const;
  expect(fitFrames(frames, fit)).toEqual(resizeCropNormalize(frames, 4, 4));
  expect(cutShare(6, 12, fit)).toBe(0.5);
  expect(cutShare(12, 6, fit)).toBe(0.5);
  expect(cutShare(6, 6, fit)).toBe(0);
  expect(cutShare(6, 12, { ...fit, width: 100 })).toBe(0);
  expect(cutShare(6, 12, { fit: "native" })).toBe(0);
});
