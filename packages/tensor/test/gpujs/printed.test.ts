import { expect, test } from "vitest";
import { convProgram } from "../../src/backends/gpujs/convProgram.ts";
import { Memory } from "../../src/backends/gpujs/device.ts";
import { mapProgram } from "../../src/backends/gpujs/mapProgram.ts";
import { matmulProgram } from "../../src/backends/gpujs/matmulProgram.ts";
import type { Place } from "../../src/backends/gpujs/program.ts";
import { reduceProgram } from "../../src/backends/gpujs/reduceProgram.ts";
import { E, input } from "../../src/expr.ts";
import { sizeOf, type Shape } from "../../src/shape.ts";
import { dense, flipView, permuteView, windowView, type View } from "../../src/view.ts";

function place(shape: Shape, change: (view: View) => View = (view) => view): Place<undefined> {
  const size = sizeOf(shape);
  return { storage: new Memory(size, 4 * size, undefined), view: change(dense(shape)) };
}

test("a formula of dense tensors reads straight through, shared parts once", () => {
  const x = E.mul(input(0), input(1));
  const leaves = new Map([
    [input(0), place([2, 3, 4])],
    [input(1), place([2, 3, 4])],
  ]);
  const { source } = mapProgram([2, 3, 4], E.add(E.sigmoid(x), E.mul(x, E.round(x))), leaves);
  expect(source).toMatchInlineSnapshot(`
    "function (x0, x1, o0, o1) {
    const t0 = o0 + this.thread.x;
    const t1 = x0[t0];
    const t2 = o1 + this.thread.x;
    const t3 = x1[t2];
    const t4 = t1 * t3;
    const t5 = logistic(t4);
    const t6 = nearestEven(t4);
    const t7 = t4 * t6;
    const t8 = t5 + t7;
    return t8;
    }"
  `);
});

test("a flipped, transposed and padded view is index arithmetic with bounds", () => {
  const view = place([3, 4], (v) => permuteView(windowView(flipView(v, 1), 0, -1, 3), [1, 0]));
  const { source, offsets } = mapProgram([4, 4], input(0), new Map([[input(0), view]]));
  expect(offsets).toEqual([-1]);
  expect(source).toMatchInlineSnapshot(`
    "function (x0, o0) {
    const t0 = lower((this.thread.x + 0.5) / 4);
    const t1 = this.thread.x - t0 * 4;
    const t2 = o0 - t0 + t1 * 4;
    const t3 = within(t1, 1, 4);
    const t4 = (t3 > 0 ? x0[t3 * (t2)] : 0);
    return t4;
    }"
  `);
});

test("indices beyond 2^24 stay whole numbers: they are printed in place, for gpu.js makes locals floats", () => {
  const x = place([5000, 5000], (v) => permuteView(v, [1, 0]));
  const { source } = mapProgram([5000, 5000], input(0), new Map([[input(0), x]]));
  expect(source).toMatchInlineSnapshot(`
    "function (x0, o0) {
    const t0 = x0[(o0 + (quotient(this.thread.x, 5000)) + (remainder(this.thread.x, 5000)) * 5000)];
    return t0;
    }"
  `);
});

test("a long sum is computed in parts, each in blocks", () => {
  const { source, size } = reduceProgram(
    [1000],
    input(0),
    new Map([[input(0), place([1000])]]),
    "sum",
    1,
  );
  expect(size).toBe(4);
  expect(source).toMatchInlineSnapshot(`
    "function (x0, o0) {
    let s0 = 0;
    for (let k1 = 0; k1 < 4; k1++) {
    let s2 = 0;
    for (let k3 = 0; k3 < 64; k3++) {
    if ((this.thread.x * 256 + (k1 * 64 + k3)) < 1000) {
    const t4 = (this.thread.x * 256 + (k1 * 64 + k3));
    const t5 = o0 + t4;
    const t6 = x0[t5];
    s2 += t6;
    }
    }
    s0 += s2;
    }
    return s0;
    }"
  `);
});

test("a maximum starts with the first term", () => {
  const x = new Map([[input(0), place([3, 5])]]);
  expect(reduceProgram([3, 5], input(0), x, "max", 1).source).toMatchInlineSnapshot(`
    "function (x0, o0) {
    let s0 = 0;
    for (let k1 = 0; k1 < 5; k1++) {
    const t2 = o0 + this.thread.x * 5 + k1;
    const t3 = x0[t2];
    s0 = (k1 < 1 ? t3 : (s0 < t3 ? t3 : (s0 >= t3 ? s0 : s0 + t3)));
    }
    return s0;
    }"
  `);
});

test("a matmul loops over what both factors hold", () => {
  const a = place([2, 3, 5], (view) => windowView(view, 2, -1, 5));
  expect(matmulProgram(a, place([2, 6, 4])).source).toMatchInlineSnapshot(`
    "function (x0, x1, o0, o1) {
    const t0 = lower((this.thread.x + 0.5) / 12);
    const t1 = this.thread.x - t0 * 12;
    const t2 = lower((t1 + 0.5) / 4);
    const t3 = t1 - t2 * 4;
    const t4 = o0 + t0 * 15 + t2 * 5;
    const t5 = o1 + t0 * 24 + t3;
    let s6 = 0;
    for (let k7 = 0; k7 < 5; k7++) {
    s6 += x0[t4 + (k7 + 1)] * x1[t5 + (k7 + 1) * 4];
    }
    return s6;
    }"
  `);
});

test("a conv skips taps that meet padding", () => {
  const one = { in: 1, taps: 1, out: 1, stride: 1, dilation: 1, inputDilation: 1, padding: 0 };
  const row = { in: 5, taps: 3, out: 3, stride: 2, dilation: 1, inputDilation: 1, padding: 1 };
  const { source } = convProgram(place([1, 1, 1, 5, 2]), place([4, 1, 1, 3, 2]), place([4]), [
    one,
    one,
    row,
  ]);
  expect(source).toMatchInlineSnapshot(`
    "function (x0, x1, x2, o0, o1, o2) {
    const t0 = lower((this.thread.x + 0.5) / 4);
    const t1 = this.thread.x - t0 * 4;
    const t2 = o0 + t1;
    let s3 = 0;
    for (let k4 = 0; k4 < 3; k4++) {
    const t5 = t0 * 2 + k4 + (-1);
    if (t5 >= 0 && t5 <= 4) {
    const t6 = o1 + t5 * 2;
    const t7 = o2 + t1 * 6 + k4 * 2;
    let s8 = 0;
    for (let k9 = 0; k9 < 2; k9++) {
    s8 += x1[t6 + k9] * x2[t7 + k9];
    }
    s3 += s8;
    }
    }
    return x0[t2] + s3;
    }"
  `);
});

test("the gradient of a strided conv meets every other input", () => {
  const one = { in: 1, taps: 1, out: 1, stride: 1, dilation: 1, inputDilation: 1, padding: 0 };
  const row = { in: 3, taps: 3, out: 5, stride: 1, dilation: 1, inputDilation: 2, padding: 1 };
  const { source } = convProgram(place([1, 1, 1, 3, 4]), place([2, 1, 1, 3, 4]), undefined, [
    one,
    one,
    row,
  ]);
  expect(source).toMatchInlineSnapshot(`
    "function (x0, x1, o0, o1) {
    const t0 = lower((this.thread.x + 0.5) / 2);
    const t1 = this.thread.x - t0 * 2;
    let s2 = 0;
    for (let k3 = 0; k3 < 3; k3++) {
    const t4 = t0 + k3 + (-1);
    if (t4 >= 0 && t4 <= 4) {
    const t5 = quotient(t4, 2);
    if (t5 * 2 === t4) {
    const t6 = o0 + t5 * 4;
    const t7 = o1 + t1 * 12 + k3 * 4;
    let s8 = 0;
    for (let k9 = 0; k9 < 4; k9++) {
    s8 += x0[t6 + k9] * x1[t7 + k9];
    }
    s2 += s8;
    }
    }
    }
    return s2;
    }"
  `);
});
