import { expect, test } from "vitest";
import { planSegments, selectExpression, timelineOf, uncounted } from "../src/timeline.ts";

const packet = (pts: number, dts: number, isKey = false) => ({ pts, dts, isKey });

/** One key frame every `every` frames, 10 ticks apart, a second has 100. */
function regular(frames: number, every: number) {
  const packets = Array.from({ length: frames }, (_, i) =>
    packet(i * 10, i * 10 - 20, i % every === 0),
  );
  return timelineOf(packets, 0.01) ?? uncounted;
}

test("frames are ordered by the time they are shown at", () => {
  const timeline = timelineOf([packet(0, -2, true), packet(30, -1), packet(10, 0)], 1);
  expect(timeline?.pts).toEqual(Float64Array.of(0, 10, 30));
});

test("missing and repeated times make no timeline", () => {
  expect(timelineOf([packet(0, 0, true), packet(NaN, 1)], 1)).toBeNull();
  expect(timelineOf([packet(5, 0, true), packet(5, 1)], 1)).toBeNull();
});

test("a key frame is sought by its own time unless the next one is decoded before that", () => {
  const near = [packet(0, -2, true), packet(10, 1, true), packet(12, 9, true), packet(20, 15)];
  expect(timelineOf(near, 1)?.keys.map((key) => key.seek)).toEqual([0, 1, 12]);
});

test("a seek replaces decoding only where it saves many frames", () => {
  const timeline = regular(400, 50);
  expect(planSegments(timeline, [0, 1, 2])).toEqual([{ indices: [0, 1, 2], seek: undefined }]);
  expect(planSegments(timeline, [49, 50, 60, 120])).toEqual([
    { indices: [49, 50, 60], seek: undefined },
    { indices: [120], seek: 10 },
  ]);
  expect(planSegments(timeline, [399])).toEqual([{ indices: [399], seek: 35 }]);
  expect(planSegments(uncounted, [5, 300])).toEqual([{ indices: [5, 300], seek: undefined }]);
});

test("long scattered lists are split, long runs are not", () => {
  const timeline = regular(10_000, 5000);
  const scattered = Array.from({ length: 2000 }, (_, i) => i * 2);
  expect(planSegments(timeline, scattered).map((s) => s.indices.length)).toEqual([800, 800, 400]);
  const run = Array.from({ length: 4000 }, (_, i) => i);
  expect(planSegments(timeline, run).length).toBe(1);
});

test("runs of frames are selected as ranges, by time where there is one", () => {
  const timeline = regular(20, 5);
  expect(selectExpression(timeline, [1, 4, 5, 6])).toBe("eq(pts,10)+between(pts,40,60)");
  expect(selectExpression(uncounted, [1, 4, 5, 6])).toBe("eq(n,1)+between(n,4,6)");
});
