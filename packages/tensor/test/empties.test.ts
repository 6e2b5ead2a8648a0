// Ops on empty tensors: PyTorch's result where it has one, an error in the op's own name where it
// has none.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gpujsBackend } from "../src/backends/gpujs/gpujsBackend.ts";
import * as op from "../src/index.ts";
import { show, type Backend, type Shape } from "../src/index.ts";
import {
  assertClose,
  emptyVariants,
  opCases,
  outcomeOf,
  referenceBackend,
  type ShapedValues,
} from "../src/testing/index.ts";

type Described = readonly [shape: Shape, values: "0" | "nan" | readonly number[]];

interface Table {
  readonly cases: Readonly<Record<string, Readonly<Record<string, readonly Described[] | null>>>>;
}

const { cases } = JSON.parse(
  readFileSync(new URL("./fixtures/empties.json", import.meta.url), "utf8"),
) as Table;

type Differs = (key: string, shapes: readonly Shape[]) => boolean;

const keys =
  (pattern: RegExp): Differs =>
  (key) =>
    pattern.test(key);

/** Where we differ from PyTorch, and why. */
const differences: readonly (readonly [reason: string, name: RegExp, when: Differs])[] = [
  [
    // It gives [n, 0, …] where the weight has outputs.
    "a convolution without input channels is an error",
    /^conv/,
    (_, [x, w]) => x![1] === 0 && w![1] === 0,
  ],
  ["a residual is not broadcast", /^conv strided in time, mixed$/, keys(/^[02]\.0$/)],
  ["the operands of attention fit each other", /^attention$/, keys(/^(\d\.0|[12]\.1)$/)],
  ["a slice beyond its axis is an error, and not cut short", /^slice$/, keys(/^(0\.[02]|=[35])$/)],
  // The case is composed in PyTorch, which does not have the op.
  ["zeros are spread around nothing too", /^spread$/, keys(/./)],
  // It gives NaN, but 0 where the batch is empty.
  ["the gradient of a weight is a sum of no terms", /^groupNorm/, keys(/^(0\.[234]|=[356])$/)],
  ["a weight fits its channels even where there are none", /^batchNorm$/, keys(/^0\.1$/)],
  // It ends in an index error of its own.
  ["a batch norm of no channels is empty", /^batchNorm$/, keys(/^=3$/)],
];

const differs = (name: string, key: string, shapes: readonly Shape[]): boolean =>
  differences.some(([, names, when]) => names.test(name) && when(key, shapes));

function expectSame(
  actual: readonly ShapedValues[] | string,
  expected: readonly Described[],
): void {
  if (typeof actual === "string") throw new Error(`an error came: ${actual}`);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(([shape]) => shape));
  expected.forEach(([, wanted], i) => {
    const { values } = actual[i]!;
    const numbers = typeof wanted === "string" ? [...values].fill(Number(wanted)) : wanted;
    assertClose(values, numbers, 1e-6);
  });
}

/** The op that an error names. */
const named = (message: unknown): unknown => /^(\w+): /.exec(String(message))?.[1];

const check = async (backend: Backend, name: string, key: string, shapes: readonly Shape[]) => {
  if (differs(name, key, shapes)) return;
  const expected = cases[name]![key]!;
  const actual = await outcomeOf(backend, { ...opCases[name]!, shapes });
  const what = `${name} of ${shapes.map(show).join(", ")}`;
  if (expected === null) expect(Object.keys(op), what).toContain(named(actual));
  else expectSame(actual, expected);
};

test.each(Object.entries(cases))("%s of nothing", async (name, outcomes) => {
  const variants = emptyVariants(opCases[name]!.shapes);
  expect([...variants.keys()].sort()).toEqual(Object.keys(outcomes).sort());
  for (const [key, shapes] of variants) await check(referenceBackend(), name, key, shapes);
});

// A kernel is compiled for each shape, so that there is time for one variant of each case.
test.each(["cpu", "webasm"] as const)("ops of an empty batch on gpu.js, mode %s", async (mode) => {
  const backend = await gpujsBackend({ mode });
  for (const [name, { shapes }] of Object.entries(opCases)) {
    if (!(name in cases)) continue;
    const [first = 1] = shapes[0]!;
    const key = first > 1 ? `=${first}` : "0.0";
    await check(backend, name, key, emptyVariants(shapes).get(key)!);
  }
});

test.each(differences)("%s", async (_, names, when) => {
  for (const [name, outcomes] of Object.entries(cases).filter(([name]) => names.test(name))) {
    for (const [key, shapes] of emptyVariants(opCases[name]!.shapes)) {
      if (!when(key, shapes)) continue;
      const actual = await outcomeOf(referenceBackend(), { ...opCases[name]!, shapes });
      const expected = outcomes[key]!;
      if (typeof actual === "string") expect(Object.keys(op)).toContain(named(actual));
      else if (expected) expect(() => expectSame(actual, expected)).toThrow();
    }
  }
});

test("moments of nothing are not numbers", async () => {
  await op.useBackend(referenceBackend());
  const { mean, variance } = op.moments(op.tensor([], [0, 3]), 0);
  expect([...(await mean.read()), ...(await variance.read())]).toEqual(Array(6).fill(NaN));
});
