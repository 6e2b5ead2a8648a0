import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contactSheet, differenceImage, frameImage, sideBySide } from "../src/image.ts";
import type { Image } from "../src/image.ts";
import { writePng } from "../src/png.ts";
import { decodeAll, temporaryFolder } from "./material.ts";

const flat = (width: number, height: number, grey: number): Image => ({
  data: new Uint8Array(width * height * 3).fill(grey),
  width,
  height,
});

/** The red values, row by row. */
const red = ({ data, width }: Image): number[][] =>
  Array.from({ length: data.length / 3 / width }, (_, y) =>
    Array.from({ length: width }, (_, x) => data[(y * width + x) * 3]!),
  );

test("a png file decodes to what was written", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a.png");
  const rgb = Uint8Array.from({ length: 37 * 23 * 3 }, (_, i) => (i * i) >> 4);
  await writePng(path, rgb, 37, 23);
  expect(readdirSync(folder)).toEqual(["a.png"]);
  expect(Buffer.compare(decodeAll(path), rgb)).toBe(0);
});

test("png files of wrong size or in wrong places are errors that leave nothing", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "taken"));
  const rgb = new Uint8Array(12);
  await expect(writePng(join(folder, "a.png"), rgb, 3, 3)).rejects.toThrow(
    "encodePng: 12 bytes but 3x3 RGB takes 27",
  );
  await expect(writePng(join(folder, "taken"), rgb, 2, 2)).rejects.toThrow(
    /taken is a folder; name a file in it/,
  );
  await expect(writePng(join(folder, "none", "a.png"), rgb, 2, 2)).rejects.toThrow(
    /does not exist; create it first/,
  );
  expect(readdirSync(folder)).toEqual(["taken"]);
});

test("a contact sheet has a gap around every picture, and background where one is missing", () => {
  const sheet = contactSheet([[flat(2, 1, 10), flat(2, 1, 20)], [flat(2, 1, 30)]], {
    gap: 1,
    background: 99,
  });
  expect(red(sheet)).toEqual([
    [99, 99, 99, 99, 99, 99, 99],
    [99, 10, 10, 99, 20, 20, 99],
    [99, 99, 99, 99, 99, 99, 99],
    [99, 30, 30, 99, 99, 99, 99],
    [99, 99, 99, 99, 99, 99, 99],
  ]);
  const { width, height } = contactSheet([[flat(2, 1, 10)]]);
  expect([width, height]).toEqual([10, 9]);
});

test("images next to each other keep their rows", () => {
  expect(red(sideBySide(flat(1, 2, 5), flat(2, 2, 6)))).toEqual([
    [5, 6, 6],
    [5, 6, 6],
  ]);
});

test("a difference is absolute, amplified and cut off at 255", () => {
  const a = { ...flat(3, 1, 0), data: Uint8Array.of(10, 10, 10, 20, 20, 20, 0, 0, 0) };
  const b = { ...flat(3, 1, 0), data: Uint8Array.of(20, 20, 20, 10, 10, 10, 200, 200, 200) };
  expect(red(differenceImage(a, b))).toEqual([[40, 40, 255]]);
  expect(red(differenceImage(a, b, 1))).toEqual([[10, 10, 200]]);
});

test("a frame of a clip is an image", () => {
  const frames = {
    data: Uint8Array.from({ length: 36 }, (_, i) => i),
    shape: [2, 2, 3, 3],
  } as const;
  expect(frameImage(frames, 1)).toEqual({ data: frames.data.subarray(18), width: 3, height: 2 });
  expect(() => frameImage(frames, 2)).toThrow("frameImage: frame 2 of 2");
});

test("images that do not fit together are errors", () => {
  expect(() => contactSheet([[flat(2, 2, 0), flat(2, 3, 0)]])).toThrow(
    "contactSheet: images of 2x2 and 2x3; make them equal",
  );
  expect(() => contactSheet([])).toThrow("contactSheet: no images");
  expect(() => sideBySide(flat(2, 2, 0), flat(2, 3, 0))).toThrow(
    "sideBySide: heights 2 and 3 differ",
  );
  expect(() => differenceImage(flat(2, 2, 0), flat(3, 2, 0))).toThrow(/differenceImage: images of/);
});
