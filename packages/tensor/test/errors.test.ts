import { beforeEach, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { tensor, useBackend, type Tensor } from "../src/index.ts";
import { noise, referenceBackend } from "../src/testing/index.ts";

beforeEach(() => useBackend(referenceBackend()));

const of = (...shape: number[]): Tensor => noise("x", shape);

test.each<[string, () => unknown]>([
  ["tensor: 3 elements do not fill [2, 2], which takes 4", () => tensor([1, 2, 3], [2, 2])],
  ["tensor: [2, -1] is not a shape; sizes are whole and not negative", () => tensor([], [2, -1])],
  ["add: [2, 3] and [2, 4] do not broadcast", () => op.add(of(2, 3), of(2, 4))],
  ["matmul: [1, 2] has 2 columns but [3, 1] has 3 rows", () => op.matmul(of(1, 2), of(3, 1))],
  ["matmul: [2] and [2, 2] must both have at least 2 axes", () => op.matmul(of(2), of(2, 2))],
  [
    "conv: input [1, 3, 17, 8, 8] has 3 channels but weight [8, 4, 3, 3, 3] takes 4",
    () => op.conv(of(1, 3, 17, 8, 8), of(8, 4, 3, 3, 3)),
  ],
  [
    "conv: input [1, 3] and weight [8, 3] must both have 3 to 5 axes",
    () => op.conv(of(1, 3), of(8, 3)),
  ],
  [
    "conv: input [1, 2, 2] is 2 long on axis 2 with its padding, but weight [1, 2, 3] reaches over 3",
    () => op.conv(of(1, 2, 2), of(1, 2, 3)),
  ],
  [
    "conv: 1 values were given for 2 spatial axes",
    () => op.conv(of(1, 1, 4, 4), of(1, 1, 3, 3), { stride: [1] }),
  ],
  [
    "conv: the stride is 0; it must be a whole number of at least 1",
    () => op.conv(of(1, 1, 4), of(1, 1, 3), { stride: 0 }),
  ],
  [
    "conv: bias [2] does not fit the 1 outputs of weight [1, 1, 3]",
    () => op.conv(of(1, 1, 4), of(1, 1, 3), { bias: of(2) }),
  ],
  [
    "conv: [1, 2, 1, 4, 5] does not stand before input [1, 2, 3, 4, 4]; only axis 2 may differ",
    () => op.conv(of(1, 2, 3, 4, 4), of(1, 2, 3, 3, 3), { before: of(1, 2, 1, 4, 5) }),
  ],
  [
    "conv: axis 1 of input [1, 2, 3, 4, 4] is not spatial",
    () => op.conv(of(1, 2, 3, 4, 4), of(1, 2, 3, 3, 3), { upsample: [1] }),
  ],
  [
    "conv: what is upsampled takes stride 1 and dilation 1",
    () => op.conv(of(1, 2, 3, 4, 4), of(1, 2, 3, 3, 3), { upsample: [2], stride: 2 }),
  ],
  [
    "conv: residual [1, 1, 3, 2, 2] does not fit result [1, 1, 4, 2, 2]",
    () =>
      op.conv(of(1, 2, 3, 4, 4), of(1, 2, 3, 3, 3), {
        upsample: [2],
        residual: of(1, 1, 3, 2, 2),
      }),
  ],
  [
    "conv: mix [2] has to be [1], the share of a residual that is given",
    () =>
      op.conv(of(1, 2, 3, 4, 4), of(1, 2, 3, 3, 3), { residual: of(1, 1, 1, 2, 2), mix: of(2) }),
  ],
  ["sum: [2, 3] has no axis 2", () => op.sum(of(2, 3), 2)],
  ["sum: axes [0, 0] name an axis twice", () => op.sum(of(2, 3), [0, -2])],
  ["permute: [0, 0] does not name each axis of [2, 3] once", () => op.permute(of(2, 3), [0, 0])],
  [
    "reshape: [2, 3] has 6 elements, which do not fit into [4, -1]",
    () => op.reshape(of(2, 3), [4, -1]),
  ],
  ["slice: [1, 4) is not inside axis 1 of [2, 3]", () => op.slice(of(2, 3), 1, 1, 4)],
  ["concat: [2, 3] and [3, 3] differ outside axis 1", () => op.concat([of(2, 3), of(3, 3)], 1)],
  ["concat: no tensors were given; it takes at least one", () => op.concat([], 0)],
  [
    "pad: [2, 3] mirrors at most 2 on axis 1, not 3 and 0",
    () => op.pad(of(2, 3), 1, 3, 0, "reflect"),
  ],
  ["expand: [2, 3] does not repeat to [2, 4]", () => op.expand(of(2, 3), [2, 4])],
  ["squeeze: axis 0 of [2, 3] is not 1", () => op.squeeze(of(2, 3), 0)],
  ["clamp: the lower bound 2 is above the upper 1", () => op.clamp(of(2), 2, 1)],
  [
    "layerNorm: [3] does not fit the 4 channels of [2, 4]",
    () => op.layerNorm(of(2, 4), of(3), of(3)),
  ],
  [
    "groupNorm: the 4 channels of [2, 4] do not divide into 3 groups",
    () => op.groupNorm(of(2, 4), 3, of(4), of(4)),
  ],
  [
    "maxPool: a window of 3 does not fit into axis 3 of [1, 1, 4, 2]",
    () => op.maxPool(of(1, 1, 4, 2), { kernel: 3 }),
  ],
  ["resizeBilinear: [2, 3] cannot become 0 by 4", () => op.resizeBilinear(of(2, 3), 0, 4)],
  ["grad: y is [2]; pass dy of that shape, or reduce y to one element", () => op.grad(of(2), [])],
  ["grad: y is [2] but dy is [3]", () => op.grad(of(2), [], of(3))],
  ["add: at least one operand must be a tensor", () => op.add(1, 2)],
  ["random: the seed -1 is not a whole number from 0 to 2^53 − 1", () => new op.Random(-1)],
])("%s", (message, act) => {
  expect(act).toThrow(message);
});

test("tensors of two backends do not mix", () => {
  const here = of(2);
  const there = tensor([1, 2], [2], { backend: referenceBackend() });
  expect(() => op.add(here, there)).toThrow(
    "tensor: an op has inputs on reference (float64) and on reference (float64); read one and make it a tensor of the other",
  );
});

test("a backend that does not exist is refused by name", async () => {
  await expect(useBackend("cuda" as "auto")).rejects.toThrow(
    'backend: there is no "cuda"; choose auto, native or gpujs',
  );
});

test("a backend of a package that was not imported names the package", async () => {
  await expect(useBackend("native")).rejects.toThrow(
    "backend native: @vidtok/backend-native has not been imported; " +
      'install it and `import "@vidtok/backend-native"`',
  );
});

test("item wants a single element", async () => {
  await expect(of(2).item()).rejects.toThrow("item: [2] has 2 elements, not 1");
});
