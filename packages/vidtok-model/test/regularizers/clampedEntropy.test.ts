import "@vidtok/backend-native";
import {
  add,
  grad,
  log,
  memory,
  noGrad,
  resetPeak,
  scope,
  softmax,
  sum,
  tensor,
  UnavailableError,
  useBackend,
} from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { difference, gradcheck, noise, referenceBackend } from "@vidtok/tensor/testing";
import { beforeEach, expect, test } from "vitest";
import { entropyTerm, productEntropy } from "../../src/regularizers/clampedEntropy.ts";
import { FsqCodes } from "../../src/regularizers/fsqCodes.ts";
import { fsqEntropies } from "../../src/regularizers/fsqEntropy.ts";

const reference = referenceBackend();
beforeEach(() => useBackend(reference).then(() => undefined));

const least = 1e-5;
const logSoftmax = (x: Tensor): Tensor => log(softmax(x));

// The definition: every product of a probability of a and one of b.
function direct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let entropy = 0;
  for (const x of Array.from(a)) {
    for (const y of Array.from(b))
      entropy -= Math.exp(x + y) * Math.log(Math.max(Math.exp(x + y), least));
  }
  return entropy;
}

test.each([
  ["none is clamped", 1],
  ["some are clamped", 4],
  ["most are clamped", 20],
])("the entropy of a product is that of its table where %s", async (_, spread) => {
  const [a, b] = [noise("a", [7], -spread, spread), noise("b", [12], -spread, spread)].map(
    logSoftmax,
  ) as [Tensor, Tensor];
  const y = noGrad(() => productEntropy(a, b));
  expect(await y.item()).toBeCloseTo(direct(await a.readExact(), await b.readExact()), 12);
});

test("the gradient of the entropy of products is its slope", async () => {
  const f = (a: Tensor, b: Tensor): Tensor => productEntropy(logSoftmax(a), logSoftmax(b));
  const range = { low: -8, high: 8 };
  const shapes = [
    [3, 5],
    [3, 4],
  ];
  expect(await gradcheck((a, b) => f(a!, b!), shapes, range)).toBeLessThan(1e-6);
});

test("a probability of just 1e-5 passes its gradient, as PyTorch's clamp does", async () => {
  const p = tensor([least / 2, least, 2 * least], [3]);
  const [dp] = grad(sum(entropyTerm(p)), [p]);
  const low = -Math.log(least);
  const expected = [low, low - 1, -Math.log(2 * least) - 1];
  expect(difference(await dp!.readExact(), expected).relative).toBeLessThan(1e-12);

  const certain = tensor([0], [1, 1]);
  const logs = tensor([Math.log(least), Math.log(1 - least)], [1, 2]);
  for (const pair of [
    [certain, logs],
    [logs, certain],
  ] as const) {
    const [dLog] = grad(sum(productEntropy(...pair)), [logs]);
    const slopes = [least * (low - 1), (1 - least) * (-Math.log(1 - least) - 1)];
    expect(difference(await dLog!.readExact(), slopes).relative).toBeLessThan(1e-12);
  }
});

test("saturated latents have no entropy and finite gradients", async () => {
  const z = tensor([3, -3, 1e4, -1e4, 1e30, -1e30], [1, 2, 3]);
  const { perSample, codebook } = fsqEntropies(z, new FsqCodes([8, 8, 8]));
  const [dz] = grad(add(perSample, codebook), [z]);
  expect(await perSample.item()).toBeCloseTo(0, 12);
  expect(await codebook.item()).toBeCloseTo(Math.log(2), 12);
  expect((await dz!.readExact()).every(Number.isFinite)).toBe(true);
});

async function onNative(skip: (reason: string) => void): Promise<void> {
  try {
    await useBackend("native", { threads: 2 });
  } catch (error) {
    if (error instanceof UnavailableError) skip(error.message);
    throw error;
  }
}

const six = new FsqCodes([8, 8, 8, 8, 8, 8]);

test("262,144 codes in float32 are as exact as the definition in float64", async ({ skip }) => {
  await onNative(skip);
  const z = noise("z", [1, 2, 6], -0.02, 0.03);
  const { perSample } = noGrad(() => fsqEntropies(z, six));
  const rows = await z.readExact();
  const logs = (row: number, from: number): number[] => {
    let all = [0];
    for (let d = from; d < from + 3; d++) {
      const logits = six.values(d).map((value) => 200 * rows[row * 6 + d]! * value);
      const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      all = all.flatMap((before) => logits.map((logit) => before + logit - total));
    }
    return all;
  };
  const expected = [0, 1].map((row) => direct(logs(row, 0), logs(row, 3)));
  const mean = (expected[0]! + expected[1]!) / 2;
  expect(Math.abs((await perSample.item()) / mean - 1)).toBeLessThan(1e-6);
});

test("gradients in float32 are those in float64", async ({ skip }) => {
  const gradient = async (): Promise<ArrayLike<number>> => {
    const z = noise("z", [1, 3, 4], -0.05, 0.08);
    const { perSample, codebook } = fsqEntropies(z, new FsqCodes([8, 5, 5, 8]));
    return grad(add(perSample, codebook), [z])[0]!.readExact();
  };
  const expected = await gradient();
  await onNative(skip);
  expect(difference(await gradient(), expected).relative).toBeLessThan(2e-6);
});

test("no table of positions and codes is ever stored", async ({ skip }) => {
  await onNative(skip);
  const positions = 64;
  const z = noise("z", [1, positions, 6], -0.1, 0.1);
  resetPeak();
  const before = memory().live;
  const dz = scope(() => {
    const { perSample, codebook } = fsqEntropies(z, six);
    return grad(add(perSample, codebook), [z])[0]!;
  });
  await dz.read();
  expect(memory().peak - before).toBeLessThan((positions * six.size * 4) / 8);
});
