import { expect, test } from "vitest";
import { haloOf, stage } from "../../src/layers/stage.ts";
import { countTiles, tileSpans } from "../../src/tiles/tileSpans.ts";

const run = (): never => {
  throw new Error("not run");
};
const conv = stage(run, { reach: 1 });
const down = stage(run, { reach: 1, scale: 1 / 2 });
const up = stage(run, { reach: 1, scale: 2 });

test("a halo is counted in pixels of the input", () => {
  expect(haloOf([conv, conv, conv])).toBe(3);
  expect(haloOf([conv, down, conv])).toBe(4);
  expect(haloOf([up, conv, conv])).toBe(2);
  expect(haloOf([up, up, conv])).toBe(1);
  expect(haloOf([])).toBe(0);
  expect(haloOf([conv, stage(run, { reach: Infinity }), down])).toBe(Infinity);
});

test("an axis that fits is one tile without a halo", () => {
  const whole = [{ from: 0, to: 50, skipped: 0, kept: 50 }];
  expect(tileSpans(50, 50, [conv])).toEqual(whole);
  expect(tileSpans(50, Infinity, [conv])).toEqual(whole);
  expect(tileSpans(51, 64, [down])).toEqual([{ from: 0, to: 51, skipped: 0, kept: 25 }]);
});

test("tiles are about equal, and their halos end at the frame", () => {
  expect(tileSpans(50, 24, [conv])).toEqual([
    { from: 0, to: 32, skipped: 0, kept: 24 },
    { from: 16, to: 50, skipped: 8, kept: 24 },
    { from: 40, to: 50, skipped: 8, kept: 2 },
  ]);
});

test("where height is halved, tiles keep whole results, and an odd row is the last one's", () => {
  expect(tileSpans(33, 16, [down])).toEqual([
    { from: 0, to: 24, skipped: 0, kept: 8 },
    { from: 8, to: 33, skipped: 4, kept: 8 },
  ]);
});

test("where height is doubled, edges are those of the result", () => {
  expect(tileSpans(12, 16, [up])).toEqual([
    { from: 0, to: 12, skipped: 0, kept: 16 },
    { from: 4, to: 12, skipped: 8, kept: 8 },
  ]);
});

test.each([1, 7, 16, 31, 32, 33, 100, 1000])("the tiles of %i pixels are all of them", (length) => {
  for (const stages of [[conv], [conv, down], [up, conv]]) {
    const scale = stages.includes(up) ? 2 : stages.includes(down) ? 1 / 2 : 1;
    const spans = tileSpans(length, 16, stages);
    const kept = spans.reduce((sum, span) => sum + span.kept, 0);
    expect(kept).toBe(Math.floor(length * scale));
    expect(countTiles(length, length, 16, stages)).toBe(spans.length ** 2);
  }
});
