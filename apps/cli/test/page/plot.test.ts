import { expect, test } from "vitest";
import { axisOf } from "../../src/page/axis.ts";
import { drawPlot } from "../../src/page/plot.ts";

/** The plot's line as points, with its whole text. */
function drawn(values: readonly number[], repeated = 0) {
  const { text } = drawPlot({ label: "PSNR", values, repeated, axis: axisOf([0, 3]) });
  const points = /polyline points="(.*?)"/.exec(text)![1]!;
  return { text, points: points.split(" ").map((point) => point.split(",").map(Number)) };
}

test("a line goes through every frame, higher values higher", () => {
  const { points } = drawn([0, 3, 1.5]);
  expect(points).toEqual([
    [46, 128],
    [199, 8],
    [352, 68],
  ]);
});

test("one frame is a dot, and no line is missing for it", () => {
  const { text, points } = drawn([3]);
  expect(points).toEqual([[46, 8]]);
  expect(text).toContain('<circle cx="46" cy="8"');
  expect(drawn([3, 3]).text).not.toContain("circle");
});

test("a long video keeps its least and greatest value in a line of bounded length", () => {
  const values = new Array<number>(100_000).fill(1);
  values[77_777] = 0;
  values[5] = 3;
  const { points, text } = drawn(values);
  expect(points).toHaveLength(600);
  expect(Math.min(...points.map(([, y]) => y!))).toBe(8);
  expect(Math.max(...points.map(([, y]) => y!))).toBe(128);
  expect(points.every(([x], i) => i === 0 || x! >= points[i - 1]![0]!)).toBe(true);
  expect(text).toContain(">99999</text");
});

test("repeated frames at the end are shaded", () => {
  expect(drawn([1, 1, 1, 1, 1], 2).text).toMatch(/class="repeats"\s+x="237.3"[^]*width="114.8"/);
  expect(drawn([1, 1, 1, 1, 1]).text).not.toContain("repeats");
});
