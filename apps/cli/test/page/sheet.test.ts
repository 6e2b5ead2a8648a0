import { expect, test } from "vitest";
import { sheetIndices, sheetPng } from "../../src/page/sheet.ts";

const image = (width: number, height: number, grey: number) => ({
  data: new Uint8Array(width * height * 3).fill(grey),
  ...{ width, height },
});

/** Width and height that a PNG file's header names. */
function size(png: Uint8Array): readonly number[] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

test("six frames go from the first to the last; a short video has each once", () => {
  expect(sheetIndices(61)).toEqual([0, 12, 24, 36, 48, 60]);
  expect(sheetIndices(6)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(sheetIndices(3)).toEqual([0, 1, 2]);
  expect(sheetIndices(1)).toEqual([0]);
});

test("three rows of frames, large ones scaled to 256 pixels", () => {
  const row = [image(20, 10, 1), image(20, 10, 2)];
  expect(size(sheetPng({ real: row, fake: row }))).toEqual([2 * 24 + 4, 3 * 14 + 4]);
  const portrait = [image(540, 960, 9)];
  expect(size(sheetPng({ real: portrait, fake: portrait }))).toEqual([144 + 8, 3 * 260 + 4]);
  const line = [image(600, 1, 9)];
  expect(size(sheetPng({ real: line, fake: line }))).toEqual([256 + 8, 3 * 5 + 4]);
});
