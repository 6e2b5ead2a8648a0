// Numbers that are no size, axis, step or scalar, and sizes that no memory has: an error in the
// op's own name each.
import { beforeEach, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { tensor, useBackend, type Tensor } from "../src/index.ts";
import { noise, referenceBackend } from "../src/testing/index.ts";

beforeEach(() => useBackend(referenceBackend()));

const of = (...shape: number[]): Tensor => noise("x", shape);
/** One element, repeated to a shape. */
const repeated = (...shape: number[]): Tensor =>
  op.expand(
    tensor(
      [1],
      shape.map(() => 1),
    ),
    shape,
  );

const never = [NaN, Infinity, -Infinity, 0.5, -0.5, 2 ** 53, 1e300];

type Use = (value: number) => unknown;

/** Each argument that has to be whole, by the op's name, and the smallest that it may be. */
const whole: readonly (readonly [op: string, what: string, lowest: number, use: Use])[] = [
  ["tensor", "size", 0, (n) => tensor([1], [n])],
  ["full", "size", 0, (n) => op.full([n], 1)],
  ["expand", "size", 0, (n) => op.expand(of(1), [n])],
  ["sumTo", "size", 0, (n) => op.sumTo(of(2), [n])],
  ["reshape", "size", -1, (n) => op.reshape(of(2), [n])],
  ["sum", "axis", -2, (n) => op.sum(of(2, 3), n)],
  ["mean", "axis", -2, (n) => op.mean(of(2, 3), [0, n])],
  ["max", "axis", -2, (n) => op.max(of(2, 3), n)],
  ["min", "axis", -2, (n) => op.min(of(2, 3), n)],
  ["moments", "axis", -2, (n) => op.moments(of(2, 3), n)],
  ["sumOf", "axis", -2, (n) => op.sumOf((x) => x!, n)(of(2, 3))],
  ["softmax", "axis", -2, (n) => op.softmax(of(2, 3), n)],
  ["permute", "axis", -2, (n) => op.permute(of(2, 3), [0, n])],
  ["transpose", "axis", -2, (n) => op.transpose(of(2, 3), 0, n)],
  ["squeeze", "axis", -2, (n) => op.squeeze(of(1, 1), n)],
  ["unsqueeze", "axis", -3, (n) => op.unsqueeze(of(2, 3), n)],
  ["stack", "axis", -3, (n) => op.stack([of(2, 3)], n)],
  ["concat", "axis", -2, (n) => op.concat([of(2, 3), of(2, 3)], n)],
  ["flip", "axis", -2, (n) => op.flip(of(2, 3), n)],
  ["slice", "axis", -2, (n) => op.slice(of(2, 3), n, 0)],
  ["slice", "start", -3, (n) => op.slice(of(2, 3), 1, n)],
  ["slice", "end", -3, (n) => op.slice(of(2, 3), 1, 0, n)],
  ["window", "axis", -2, (n) => op.window(of(2, 3), n, 0, 1)],
  ["window", "start", NaN, (n) => op.window(of(2, 3), 1, n, 99)],
  ["window", "end", NaN, (n) => op.window(of(2, 3), 1, -99, n)],
  ["every", "step", 1, (n) => op.every(of(2, 3), 1, n)],
  ["spread", "step", 1, (n) => op.spread(of(2, 3), 1, n, 9)],
  ["spread", "size", 0, (n) => op.spread(of(2, 3), 1, 2, n)],
  ["pad", "before", 0, (n) => op.pad(of(2, 3), 1, n, 0)],
  ["pad", "after", 0, (n) => op.pad(of(2, 3), 1, 0, n)],
  ["pad", "replicated", 0, (n) => op.pad(of(2, 3), 1, n, 0, "replicate")],
  ["pad", "reflected", 0, (n) => op.pad(of(2, 3), 1, 0, n, "reflect")],
  ["upsampleNearest", "axis", -2, (n) => op.upsampleNearest(of(2, 3), [n])],
  ["upsampleLinear", "axis", -2, (n) => op.upsampleLinear(of(2, 3), n)],
  ["maxPool", "kernel", 1, (n) => op.maxPool(of(1, 1, 4), { kernel: n })],
  ["avgPool", "kernel", 1, (n) => op.avgPool(of(1, 1, 4, 4), { kernel: [2, n] })],
  ["avgPool", "stride", 1, (n) => op.avgPool(of(1, 1, 4), { kernel: 2, stride: n })],
  ["resizeBilinear", "height", 1, (n) => op.resizeBilinear(of(2, 3), n, 4)],
  ["resizeBilinear", "width", 1, (n) => op.resizeBilinear(of(2, 3), 4, n)],
  ["resizeWeights", "from", 1, (n) => op.resizeWeights(n, 4)],
  ["resizeWeights", "to", 1, (n) => op.resizeWeights(4, n)],
  ["groupNorm", "groups", 1, (n) => op.groupNorm(of(2, 4), n, of(4), of(4))],
  ["conv", "stride", 1, (n) => op.conv(of(1, 1, 4), of(1, 1, 3), { stride: n })],
  ["conv", "dilation", 1, (n) => op.conv(of(1, 1, 4), of(1, 1, 3), { dilation: [n] })],
  ["conv", "padding", 0, (n) => op.conv(of(1, 1, 4), of(1, 1, 3), { padding: n })],
  ["conv", "padding behind", 0, (n) => op.conv(of(1, 1, 4), of(1, 1, 3), { padding: [[0, n]] })],
  ["conv", "upsampled axis", -3, (n) => op.conv(of(1, 1, 4), of(1, 1, 3), { upsample: [n] })],
  ["random", "count", 0, (n) => new op.Random(1).uniform(n)],
  ["random", "count", 0, (n) => new op.Random(1).normal(n)],
  ["random", "seed", 0, (n) => new op.Random(n)],
  ["random", "counter", 0, (n) => new op.Random({ seed: 1, counter: n })],
];

for (const [name, what, lowest, use] of whole) {
  test.each([...never, lowest - 1])(`${name}: ${what} %d is refused by name`, (value) => {
    expect(() => use(value)).toThrow(new RegExp(`^${name}: `));
  });
}

const scalars: readonly (readonly [string, Use])[] = [
  ["layerNorm", (eps) => op.layerNorm(of(2, 4), of(4), of(4), { eps })],
  ["groupNorm", (eps) => op.groupNorm(of(2, 4), 2, of(4), of(4), { eps })],
  ["batchNorm", (eps) => op.batchNorm(of(2, 4), of(4), of(4), { eps })],
];
for (const [name, use] of scalars) {
  test.each([NaN, Infinity, -1])(`${name}: eps %d is refused by name`, (eps) => {
    expect(() => use(eps)).toThrow(`${name}: eps is ${eps}; it must be finite and at least 0`);
  });
}
test.each([NaN, Infinity])("leakyRelu: slope %d is refused", (slope) => {
  expect(() => op.leakyRelu(of(2), slope)).toThrow(
    `leakyRelu: the slope is ${slope}; it must be finite`,
  );
});
test.each([NaN, Infinity])("random: bound %d is refused", (bound) => {
  expect(() => new op.Random(1).uniform(1, bound)).toThrow("random: the lower bound is");
  expect(() => new op.Random(1).uniform(1, 0, bound)).toThrow("random: the upper bound is");
});

const tooMany = "multiply to more than 9007199254740991; use smaller tensors";

test.each<[string, () => unknown]>([
  [
    `tensor: the sizes of [0, 4294967296, 4294967296] ${tooMany}`,
    () => tensor([], [0, 2 ** 32, 2 ** 32]),
  ],
  [`expand: the sizes of [4294967296, 4294967296] ${tooMany}`, () => repeated(2 ** 32, 2 ** 32)],
  [
    `add: the sizes of [134217728, 134217728] ${tooMany}`,
    () => op.add(repeated(2 ** 27, 1), repeated(1, 2 ** 27)),
  ],
  [
    `matmul: the sizes of [67280421310721, 274177] ${tooMany}`,
    () => op.matmul(repeated(67280421310721, 1), repeated(1, 274177)),
  ],
  [
    `matmul: the sizes of [134217728, 1, 134217728] ${tooMany}`,
    () => op.matmul(repeated(2 ** 27, 1, 1), repeated(1, 2 ** 27)),
  ],
  [
    `concat: the sizes of [9007199254740991, 2] ${tooMany}`,
    () => op.concat([repeated(2 ** 53 - 1, 1), repeated(2 ** 53 - 1, 1)], 1),
  ],
  [
    `stack: the sizes of [2, 9007199254740991] ${tooMany}`,
    () => op.stack([repeated(2 ** 53 - 1), repeated(2 ** 53 - 1)], 0),
  ],
  [
    `pad: the sizes of [2, 9007199254740985] ${tooMany}`,
    () => op.pad(of(2, 3), 1, 2 ** 53 - 10, 0),
  ],
  [
    `spread: the sizes of [2, 9007199254740992] ${tooMany}`,
    () => op.spread(of(2, 2), 1, 2 ** 52, 4),
  ],
  [
    `window: the sizes of [2, 9007199254740985] ${tooMany}`,
    () => op.window(of(2, 3), 1, -(2 ** 53 - 10), 3),
  ],
  [
    `upsampleNearest: the sizes of [9007199254740994] ${tooMany}`,
    () => op.upsampleNearest(repeated(2 ** 52 + 1), [0]),
  ],
  [
    `upsampleLinear: the sizes of [9007199254740994] ${tooMany}`,
    () => op.upsampleLinear(repeated(2 ** 52 + 1), 0),
  ],
  [
    `conv: the sizes of [4294967296, 4294967296, 1] ${tooMany}`,
    () => op.conv(repeated(2 ** 32, 1, 1), repeated(2 ** 32, 1, 1)),
  ],
  [
    `conv: the sizes of [1, 4503599627370497, 4] ${tooMany}`,
    () => op.conv(repeated(1, 1, 4), repeated(2 ** 52 + 1, 1, 1)),
  ],
  [
    `resizeBilinear: the sizes of [4503599627370496, 2, 2] ${tooMany}`,
    () => op.resizeBilinear(repeated(2 ** 52, 1, 1), 2, 2),
  ],
  [
    `attention: the sizes of [134217728, 134217728] ${tooMany}`,
    () => op.attention(repeated(2 ** 27, 1), repeated(2 ** 27, 1), repeated(2 ** 27, 1)),
  ],
  [
    "add: [4294967296] has 4294967296 elements; reference (float64) holds at most 4294967295 in a tensor; split the work",
    () => op.add(repeated(2 ** 32), 1),
  ],
  [
    "contiguous: [4294967296] has 4294967296 elements; reference",
    () => op.contiguous(repeated(2 ** 32)),
  ],
  [
    "layerNorm: [2097152, 4, 2097152] has 17592186044416 elements; reference",
    () => op.layerNorm(repeated(2 ** 21, 4, 2 ** 21), of(4), of(4)),
  ],
  [
    "matmul: [1, 67108864, 67108864] has 4503599627370496 elements; reference",
    () => op.matmul(repeated(2 ** 26, 1), repeated(1, 2 ** 26)),
  ],
  [
    "conv: [4194304, 4194304, 1] has 17592186044416 elements; reference",
    () => op.conv(repeated(2 ** 22, 1, 1), repeated(2 ** 22, 1, 1)),
  ],
  [
    "sum: [70368744177664] has 70368744177664 elements; a kernel walks at most 35184372088832; split the work",
    () => op.sum(repeated(2 ** 46)),
  ],
  [
    "max: [2, 70368744177664] has 140737488355328 elements; a kernel walks",
    () => op.max(repeated(2, 2 ** 46), 1),
  ],
  [
    "matmul: [1, 2, 70368744177664] has 140737488355328 elements; a kernel walks",
    () => op.matmul(repeated(2, 2 ** 46), repeated(2 ** 46, 1)),
  ],
  [
    "conv: [1, 1, 1, 1, 140737488355331] has 140737488355331 elements; a kernel walks",
    () => op.conv(of(1, 1, 5), of(1, 1, 3), { padding: 2 ** 46, stride: 2 ** 45 }),
  ],
  [
    "attention: [2, 70368744177664, 3] has 422212465065984 elements; reference",
    () => op.attention(repeated(2, 2 ** 46, 3), of(2, 5, 3), of(2, 5, 3)),
  ],
  [
    "resizeWeights: from 65536 to 65536 takes 4294967296 weights, more than 268435456; resize in steps",
    () => op.resizeWeights(65536, 65536),
  ],
  [
    "maxPool: a window of 4096 is longer than 2048; pool in steps",
    () => op.maxPool(repeated(1, 1, 4096), { kernel: 4096 }),
  ],
])("%s", (message, act) => {
  expect(act).toThrow(message);
});

test.each<[string, () => unknown]>([
  ["upsampleNearest: axes [0, 0] name an axis twice", () => op.upsampleNearest(of(2, 3), [0, 0])],
  [
    "conv: axes [2, 2] name an axis twice",
    () => op.conv(of(1, 1, 4), of(1, 1, 3), { upsample: [2, -1] }),
  ],
  [
    "maxPool: 1 values were given for 2 spatial axes",
    () => op.maxPool(of(1, 1, 4, 4), { kernel: [2] }),
  ],
  ["maxPool: [3, 4] must be [n, c, …]", () => op.maxPool(of(3, 4), { kernel: 2 })],
  ["layerNorm: [4] must be [n, c, …]", () => op.layerNorm(of(4), of(4), of(4))],
  ["groupNorm: [4] must be [n, c, …]", () => op.groupNorm(of(4), 2, of(4), of(4))],
  ["batchNorm: [4] must be [n, c, …]", () => op.batchNorm(of(4), of(4), of(4))],
  ["stack: [2] and [3] differ", () => op.stack([of(2), of(3)], 0)],
  ["stack: no tensors were given; it takes at least one", () => op.stack([], 0)],
  ["sumOf: no tensors were given; it takes at least one", () => op.sumOf(() => op.E.add(1, 2))()],
  ["sumTo: [2] does not sum to [1, 2]", () => op.sumTo(of(2), [1, 2])],
  ["sumTo: [2, 3] does not sum to [2, 2]", () => op.sumTo(of(2, 3), [2, 2])],
  ["elementwiseAll: no tensors were given", () => op.elementwiseAll(() => [])()],
  [
    "elementwiseAll: [2], [2, 2] do not all broadcast to the first",
    () => op.elementwiseAll((x) => [x!])(of(2), of(2, 2)),
  ],
  [
    "attention: q [2, 3, 4], k [2, 5, 3] and v [2, 5, 4] must be […, m, c], […, n, c] and […, n, d]",
    () => op.attention(of(2, 3, 4), of(2, 5, 3), of(2, 5, 4)),
  ],
])("%s", (message, act) => {
  expect(act).toThrow(message);
});

test("a step longer than the axis finds its first element", async () => {
  const x = tensor([1, 2, 3], [3]);
  expect(op.every(x, 0, 2 ** 53 - 1).shape).toEqual([1]);
  expect([...(await op.every(x, 0, 2 ** 53 - 1).read())]).toEqual([1]);
  const [dx] = op.grad(op.sum(op.every(x, 0, 2 ** 53 - 1)), [x]);
  expect([...(await dx!.read())]).toEqual([1, 0, 0]);
});

test("a window far outside costs nothing and reads zeros", async () => {
  const far = op.window(op.expand(of(3, 1), [3, 2 ** 40]), 0, 2 ** 12, 2 ** 12 + 2);
  expect([...(await op.slice(far, 1, 0, 2).read())]).toEqual([0, 0, 0, 0]);
});
