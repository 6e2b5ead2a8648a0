import { expect, test } from "vitest";
import {
  dense,
  everyView,
  expandView,
  flipView,
  isDense,
  memoryOrder,
  permuteView,
  reshapeView,
  windowView,
} from "../src/view.ts";

test("a window beyond an axis reads zero there, and a window of a window keeps its zeros", () => {
  const padded = windowView(dense([6]), 0, -2, 7);
  expect(padded).toEqual({ offset: -2, axes: [{ size: 9, stride: 1, lo: 2, hi: 8 }] });
  const cut = windowView(windowView(dense([6]), 0, 2, 5), 0, -3, 6);
  expect(cut.axes[0]).toEqual({ size: 9, stride: 1, lo: 3, hi: 6 });
});

test("flipping and subsampling carry the bounds along", () => {
  const padded = windowView(dense([6]), 0, -1, 7);
  expect(flipView(padded, 0).axes[0]).toEqual({ size: 8, stride: -1, lo: 1, hi: 7 });
  expect(everyView(padded, 0, 3).axes[0]).toEqual({ size: 3, stride: 3, lo: 1, hi: 3 });
});

test("reshape splits and joins contiguous axes and refuses what strides cannot say", () => {
  expect(reshapeView(dense([2, 6]), [2, 3, 2])?.axes.map((axis) => axis.stride)).toEqual([6, 2, 1]);
  expect(reshapeView(permuteView(dense([2, 3]), [1, 0]), [6])).toBeUndefined();
  expect(reshapeView(windowView(dense([4]), 0, 0, 6), [2, 3])).toBeUndefined();
  expect(reshapeView(dense([1, 4, 1]), [4])?.axes).toEqual(dense([4]).axes);
});

test("an empty padding axis of size 1 is not lost in a reshape", () => {
  const outside = windowView(dense([3]), 0, 3, 4);
  expect(reshapeView(outside, [])).toBeUndefined();
});

test("memory order is by stride, repeated axes right behind the one they follow", () => {
  const channelsLast = permuteView(dense([1, 5, 4, 4, 3]), [0, 4, 1, 2, 3]);
  expect(memoryOrder(channelsLast)).toEqual([0, 2, 3, 4, 1]);
  const twice = {
    ...channelsLast,
    axes: channelsLast.axes.toSpliced(3, 0, { size: 1, stride: 0, lo: 0, hi: 1 }),
  };
  expect(memoryOrder(expandView(twice, [1, 3, 5, 2, 4, 4]))).toEqual([0, 2, 3, 4, 5, 1]);
});

test("only the whole storage in order is dense", () => {
  expect(isDense(dense([2, 3]))).toBe(true);
  expect(isDense(permuteView(dense([2, 3]), [1, 0]))).toBe(false);
  expect(isDense(windowView(dense([3]), 0, 1, 3))).toBe(false);
});
