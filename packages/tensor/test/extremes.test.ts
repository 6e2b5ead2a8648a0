import { beforeEach, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { grad, tensor, useBackend, type Tensor } from "../src/index.ts";
import { referenceBackend } from "../src/testing/index.ts";

beforeEach(() => useBackend(referenceBackend()));

const extremes = [0, -0, 1e-30, -1e-30, 88, -88, 104, -104, 1e4, -1e4];
const finiteOps: Record<string, (x: Tensor) => Tensor> = {
  tanh: op.tanh,
  sigmoid: op.sigmoid,
  silu: op.silu,
  relu: op.relu,
  leakyRelu: op.leakyRelu,
  softplus: op.softplus,
  abs: op.abs,
  round: op.round,
  floor: op.floor,
  softmax: (x) => op.softmax(x),
  layerNorm: (x) =>
    op.layerNorm(
      op.reshape(x, [1, -1]),
      tensor(
        extremes.map(() => 1),
        [10],
      ),
      tensor(extremes, [10]),
    ),
};

test.each(Object.entries(finiteOps))(
  "%s and its gradient stay finite at the extremes",
  async (_, f) => {
    const x = tensor(extremes, [extremes.length]);
    const y = f(x);
    const [dx] = grad(y, [x], op.onesLike(y));
    expect([...(await y.read()), ...(await dx!.read())].filter((v) => !Number.isFinite(v))).toEqual(
      [],
    );
  },
);

async function valueAndSlope(
  f: (x: Tensor) => Tensor,
  values: readonly number[],
): Promise<number[][]> {
  const x = tensor(values, [values.length]);
  const y = f(x);
  const [dx] = grad(y, [x], op.onesLike(y));
  return [[...(await y.read())], [...(await dx!.read())]];
}

test("round goes to even halves and its gradient passes straight through", async () => {
  expect(await valueAndSlope(op.round, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.6])).toEqual([
    [-2, -2, 0, 0, 2, 2, 3],
    [1, 1, 1, 1, 1, 1, 1],
  ]);
});

test("the slopes at 0 are PyTorch's: 0 for abs and relu, the slope for leakyRelu", async () => {
  expect((await valueAndSlope(op.abs, [0]))[1]).toEqual([0]);
  expect((await valueAndSlope(op.relu, [0, -0]))[1]).toEqual([0, 0]);
  expect((await valueAndSlope((x) => op.leakyRelu(x, 0.5), [0]))[1]).toEqual([0.5]);
});

test("clamp's gradient includes its borders", async () => {
  expect((await valueAndSlope((x) => op.clamp(x, -1, 1), [-1, 1, 1.5, -2]))[1]).toEqual([
    1, 1, 0, 0,
  ]);
});

test("maxima that tie share the gradient", async () => {
  const x = tensor([3, 1, 3, 3], [4]);
  const [dx] = grad(op.max(x), [x]);
  expect([...(await dx!.readExact())]).toEqual([1 / 3, 0, 1 / 3, 1 / 3]);
  const [da, db] = grad(op.sum(op.maximum(x, op.detach(x))), [x, x]);
  expect([...(await da!.read())]).toEqual([0.5, 0.5, 0.5, 0.5]);
  expect(await db!.read()).toEqual(await da!.read());
});

test("the first of equal elements wins a max-pool window", async () => {
  const x = tensor([2, 2, 2, 2], [1, 1, 2, 2]);
  const [dx] = grad(op.sum(op.maxPool(x, { kernel: 2 })), [x]);
  expect([...(await dx!.read())]).toEqual([1, 0, 0, 0]);
});

test("NaN passes through max, relu and clamp", async () => {
  const x = tensor([NaN], [1]);
  const results = [op.maximum(x, 1), op.minimum(1, x), op.relu(x), op.clamp(x, 0, 1), op.max(x)];
  for (const y of results) expect(await y.read()).toEqual(Float32Array.of(NaN));
});

test("a sum over an empty axis is 0 and a maximum over one is refused", async () => {
  expect(await op.sum(tensor([], [0, 3]), 0).read()).toEqual(Float32Array.of(0, 0, 0));
  expect(() => op.max(tensor([], [0, 3]), 0)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: max: [0, 3] has no elements on axes [0]]`,
  );
});
