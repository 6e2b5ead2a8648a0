import "@vidtok/backend-native";
import { initialize, parameters, stateDict } from "@vidtok/nn";
import type { BatchNorm, Conv } from "@vidtok/nn";
import { leakyRelu, noGrad, reshape, sizeOf, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { assertClose, noise } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { PatchDiscriminator } from "../../src/losses/patchDiscriminator.ts";
import type { BatchStatistics, DiscriminatorKind } from "../../src/losses/patchDiscriminator.ts";
import { fingerprints } from "../fingerprints.ts";
import { readBlocks } from "../parity/goldenLearner.ts";
import { hashInput, loadHashWeights } from "../parity/hash.ts";
import { adversarial, tinyLearner } from "../tinyLearner.ts";

beforeAll(() => useBackend("auto"));

function discriminator(kind: DiscriminatorKind, layers = 3): PatchDiscriminator {
  const made = new PatchDiscriminator(kind, 3, layers);
  initialize({ made }, 11);
  return made;
}

test.each([
  ["2d", [4, 4], 2_765_633],
  ["3d", [3, 3, 3], 4_665_729],
] as const)("%s: names, shapes and count are the reference's", (kind, kernel, count) => {
  const norm = (n: number, channels: number): (readonly [string, readonly number[]])[] => [
    ...["weight", "bias", "running_mean", "running_var"].map(
      (name) => [`main.${n}.${name}`, [channels]] as const,
    ),
    [`main.${n}.num_batches_tracked`, []],
  ];
  const made = discriminator(kind);
  expect([...stateDict(made)].map(([name, { shape }]) => [name, shape])).toEqual([
    ["main.0.weight", [64, 3, ...kernel]],
    ["main.0.bias", [64]],
    ["main.2.weight", [128, 64, ...kernel]],
    ...norm(3, 128),
    ["main.5.weight", [256, 128, ...kernel]],
    ...norm(6, 256),
    ["main.8.weight", [512, 256, ...kernel]],
    ...norm(9, 512),
    ["main.11.weight", [1, 512, ...kernel]],
    ["main.11.bias", [1]],
  ]);
  const sizes = [...parameters(made).values()].map(({ shape }) => sizeOf(shape));
  expect(sizes.reduce((sum, size) => sum + size)).toBe(count);
});

test("2d: frames of 256 × 256 get 30 × 30 numbers each", () => {
  const logits = noGrad(() => discriminator("2d").forward(noise("frame", [1, 3, 1, 256, 256])));
  expect(logits.shape).toEqual([1, 1, 30, 30]);
});

test("3d: the first two layers halve time, the first three space", () => {
  const made = discriminator("3d");
  const shape = (t: number, size: number): readonly number[] =>
    noGrad(() => made.forward(noise("clip", [1, 3, t, size, size]))).shape;
  expect(shape(9, 32)).toEqual([1, 1, 3, 4, 4]);
  expect(shape(5, 16)).toEqual([1, 1, 2, 2, 2]);
});

interface Golden {
  readonly shape: readonly number[];
  readonly n: number;
  readonly sum: number;
  readonly sumsq: number;
  readonly samples: readonly number[];
}

const loss = "model.params.loss_config.params";

test.each([
  ["disc2d/eval", "2d", () => reshape(hashInput("input:lp_a", [2, 3, 32, 40]), [2, 3, 1, 32, 40])],
  ["disc3d/eval", "3d", () => hashInput("input:vid", [1, 3, 8, 32, 32])],
] as const)("golden %s", async (name, kind, input) => {
  const overrides = [`${loss}.disc_type=${kind}`, `${loss}.disc_num_layers=3`];
  const learner = await tinyLearner([...adversarial, ...overrides]);
  await loadHashWeights(learner, "last");
  const logits = noGrad(() => learner.loss.discriminator!.forward(input()));
  const golden = readBlocks()[name] as Golden;
  expect(logits.shape).toEqual(golden.shape);
  const values = await logits.read();
  const samples = golden.samples.map(
    (_, i) => values[Math.floor((i * (golden.n - 1)) / (golden.samples.length - 1))]!,
  );
  assertClose(samples, golden.samples, 1e-5, name);
  const sums = values.reduce(([s, q], v) => [s! + v, q! + v * v], [0, 0] as number[]);
  assertClose(sums, [golden.sum, golden.sumsq], 1e-4, `${name}: sums`);
});

test("the first weights are DCGAN's", async () => {
  const values = stateDict(discriminator("2d", 2));
  const read = (name: string): Promise<Float32Array> => values.get(name)!.read();
  const describe = (all: Float32Array): { mean: number; deviation: number; near: number } => {
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const deviation = Math.sqrt(all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / all.length);
    const near = all.filter((v) => Math.abs(v - mean) < deviation).length / all.length;
    return { mean, deviation, near };
  };
  const conv = describe(await read("main.5.weight"));
  expect(Math.abs(conv.mean)).toBeLessThan(1e-4);
  expect(conv.deviation).toBeCloseTo(0.02, 4);
  // Of a normal distribution 68.27 % lie within one deviation, of a uniform one 57.7 %.
  expect(conv.near).toBeCloseTo(0.6827, 2);
  const norm = describe(await read("main.6.weight"));
  expect(Math.abs(norm.mean - 1)).toBeLessThan(0.005);
  expect(Math.abs(norm.deviation - 0.02)).toBeLessThan(0.004);
  expect((await read("main.6.bias")).every((value) => value === 0)).toBe(true);
  const largest = Math.max(...(await read("main.0.bias")).map(Math.abs));
  const bound = 1 / Math.sqrt(3 * 4 * 4);
  expect(largest).toBeLessThanOrEqual(bound);
  expect(largest).toBeGreaterThan(0.8 * bound);
});

/** The batch statistics of the first batch norm, computed the long way. */
async function firstMoments(
  made: PatchDiscriminator,
  frames: Tensor,
): Promise<{ mean: number[]; variance: number[] }> {
  const [first, second] = [made.main[0] as Conv, made.main[2] as Conv];
  const y = noGrad(() => second.forward(leakyRelu(first.forward(frames), 0.2)));
  const [n, channels, h, w] = y.shape as [number, number, number, number];
  const values = await y.read();
  const of = (c: number): number[] =>
    Array.from({ length: n }, (_, i) => {
      const start = (i * channels + c) * h * w;
      return [...values.subarray(start, start + h * w)];
    }).flat();
  const all = Array.from({ length: channels }, (_, c) => of(c));
  const mean = all.map((each) => each.reduce((sum, v) => sum + v, 0) / each.length);
  const variance = all.map(
    (each, c) => each.reduce((sum, v) => sum + (v - mean[c]!) ** 2, 0) / (each.length - 1),
  );
  return { mean, variance };
}

test("an update moves the running statistics a tenth of the way to the batch's, with the unbiased variance", async () => {
  const made = discriminator("2d", 1);
  const norm = made.main[3] as BatchNorm;
  const [a, b] = [noise("a", [3, 3, 16, 16]), noise("b", [3, 3, 16, 16])];
  const clip = (frames: Tensor): Tensor => reshape(frames, [3, 3, 1, 16, 16]);
  const statistics = [a, b].map((x): BatchStatistics => made.train(clip(x)).statistics);
  const [first, second] = [await firstMoments(made, a), await firstMoments(made, b)];
  statistics.forEach((each) => made.update(each));
  const moved = (start: number, key: "mean" | "variance"): number[] =>
    first[key].map((value, c) => 0.9 * (0.9 * start + 0.1 * value) + 0.1 * second[key][c]!);
  assertClose(await norm.running_mean.value.read(), moved(0, "mean"), 1e-5, "running mean");
  assertClose(await norm.running_var.value.read(), moved(1, "variance"), 1e-5, "running variance");
  expect(await norm.num_batches_tracked.value.item()).toBe(2);
});

test("neither evaluation nor a training pass changes anything by itself", async () => {
  const made = discriminator("2d", 1);
  const before = await fingerprints(stateDict(made));
  const clips = noise("clips", [1, 3, 2, 16, 16]);
  const evaluated = await made.forward(clips).read();
  const trained = await made.train(clips).logits.read();
  expect(await fingerprints(stateDict(made))).toEqual(before);
  expect(await made.forward(clips).read()).toEqual(evaluated);
  // They normalise with different statistics.
  expect(trained).not.toEqual(evaluated);
});
