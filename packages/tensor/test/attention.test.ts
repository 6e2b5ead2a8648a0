import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import { assertClose, noise, referenceBackend, traced } from "../src/testing/index.ts";

type Inputs = readonly [q: op.Tensor, k: op.Tensor, v: op.Tensor];

const whole = (...[q, k, v]: Inputs): op.Tensor =>
  op.matmul(op.softmax(op.matmul(q, op.transpose(k))), v);

const inputs = (matrices: number, queries: number, keys: number): Inputs => [
  noise("q", [matrices, queries, 1]),
  noise("k", [matrices, keys, 1]),
  noise("v", [matrices, keys, 1]),
];

/** The shapes of scores that products with a thousand keys made. */
const shapesIn = (log: readonly string[]): Set<string> =>
  new Set(log.flatMap((line) => [...line.matchAll(/\[\d+, \d+, 1000\]/g)].map(([shape]) => shape)));

test("many scores are computed some rows at a time, with the same results and gradients", async () => {
  const { backend, log } = traced(referenceBackend());
  await op.useBackend(backend);
  const given = inputs(1, 1050, 1000);
  const dy = noise("dy", [1, 1050, 1]);
  const run = (f: typeof whole): readonly op.Tensor[] => {
    const y = f(...given);
    return [y, ...op.grad(y, given, dy)];
  };
  const found = run(op.attention);
  const rows = Math.floor(2 ** 20 / 1000);
  expect(shapesIn(log)).toEqual(
    new Set([`[1, ${rows}, 1000]`, `[1, ${1050 - rows}, 1000]`, "[1, 1, 1000]"]),
  );
  for (const [i, expected] of run(whole).entries()) {
    assertClose(await found[i]!.readExact(), await expected.readExact(), 1e-12, `tensor ${i}`);
  }
});

test("of several matrices of scores one is there at a time", async () => {
  const { backend, log } = traced(referenceBackend());
  await op.useBackend(backend);
  const given = inputs(2, 530, 1000);
  const found = op.noGrad(() => op.attention(...given));
  expect(shapesIn(log)).toEqual(new Set(["[1, 530, 1000]", "[1, 1, 1000]"]));
  const expected = op.noGrad(() => whole(...given));
  assertClose(await found.readExact(), await expected.readExact(), 1e-12);
});
