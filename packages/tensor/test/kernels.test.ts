import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import { noise, referenceBackend, traced } from "../src/testing/index.ts";

async function trace(f: () => unknown): Promise<string[]> {
  const { backend, log } = traced(referenceBackend());
  await op.useBackend(backend);
  f();
  return log;
}

test("movement costs no kernel", async () => {
  const log = await trace(() => {
    const x = op.permute(op.pad(op.slice(noise("x", [2, 3, 4]), 1, 1), 2, 1, 1), [2, 0, 1]);
    op.reshape(
      op.flip(op.every(op.expand(op.unsqueeze(x, 0), [5, 6, 2, 2]), 0, 2), 1),
      [3, 6, 2, 2],
    );
  });
  expect(log).toEqual([]);
});

test("a padded conv with bias is one kernel, its result channels last", async () => {
  const log = await trace(() => {
    const y = op.conv(noise("x", [1, 2, 3, 4, 4]), noise("w", [3, 2, 3, 3, 3]), {
      bias: noise("b", [3]),
      padding: 1,
    });
    expect(y.view.axes.map((axis) => axis.stride)).toEqual([144, 1, 48, 12, 3]);
    op.silu(y);
  });
  expect(log).toMatchInlineSnapshot(`
    [
      "conv [1, 3, 4, 4, 2] [3, 3, 3, 3, 2] with bias",
      "map [1, 3, 4, 4, 3] (x0 * sigmoid(x0))",
    ]
  `);
});

test("layerNorm is two sums and a map forward, two sums and a map to the input backward", async () => {
  const log = await trace(() => {
    const x = noise("x", [1, 4, 2, 3]);
    const y = op.layerNorm(x, noise("w", [4]), noise("b", [4]));
    op.grad(y, [x], noise("dy", y.shape));
  });
  expect(log).toMatchInlineSnapshot(`
    [
      "sum over 1 of [1, 2, 3, 4] (x0 * 0.25)",
      "sum over 1 of [1, 2, 3, 4] (((x0 + (-1 * x1)) * (x0 + (-1 * x1))) * 0.25)",
      "map [1, 4, 2, 3] ((((x0 + (-1 * x1)) / sqrt((x2 + 0.00001))) * x3) + x4)",
      "sum over 1 of [1, 2, 3, 4] ((x0 * x1) * 0.25)",
      "sum over 1 of [1, 2, 3, 4] (((x3 * x4) * ((x0 + (-1 * x1)) / sqrt((x2 + 0.00001)))) * 0.25)",
      "map [1, 4, 2, 3] ((((x3 * x4) + (-1 * x5)) + (-1 * (((x0 + (-1 * x1)) / sqrt((x2 + 0.00001))) * x6))) / sqrt((x2 + 0.00001)))",
    ]
  `);
});

test("the gradient of an elementwise op is one kernel, summed where the operand was broadcast", async () => {
  const log = await trace(() => {
    const [a, b] = [noise("a", [2, 3]), noise("b", [3])];
    op.grad(op.silu(op.mul(a, b)), [a, b], noise("dy", [2, 3]));
  });
  expect(log).toMatchInlineSnapshot(`
    [
      "map [2, 3] (x0 * x1)",
      "map [2, 3] (x0 * sigmoid(x0))",
      "map [2, 3] ((sigmoid(x0) + (x0 * (sigmoid(x0) * (1 + (-1 * sigmoid(x0)))))) * x1)",
      "map [2, 3] (x0 * x1)",
      "sum over 1 of [3, 2] (x0 * x1)",
    ]
  `);
});

test("several formulas at once have the shape and memory order of the first tensor", async () => {
  await op.useBackend(referenceBackend());
  const first = op.permute(noise("x", [3, 4]), [1, 0]);
  const { E } = op;
  const results = op.elementwiseAll((a, b) => [E.mul(a!, b!), E.exp(E.mul(a!, b!))])(
    first,
    noise("y", [3]),
  );
  const plain = op.mul(first, noise("y", [3]));
  expect(results.map(({ shape }) => shape)).toEqual([first.shape, first.shape]);
  expect(results[0]!.view).toEqual(plain.view);
  expect(await results[0]!.read()).toEqual(await plain.read());
  expect(await results[1]!.read()).toEqual(await op.exp(plain).read());
  expect(results[0]!.node).toBeUndefined();
});

test("nearest upsampling keeps channels last in memory", async () => {
  await trace(() => {
    const x = op.conv(noise("x", [2, 2, 3, 4, 4]), noise("w", [3, 2, 1, 1, 1]));
    expect(op.upsampleNearest(x, [2]).view.axes.map((axis) => axis.stride)).toEqual([
      288, 1, 48, 12, 3,
    ]);
    expect(op.upsampleNearest(x, [3, 4]).view.axes.map((axis) => axis.stride)).toEqual([
      576, 1, 192, 24, 3,
    ]);
  });
});
