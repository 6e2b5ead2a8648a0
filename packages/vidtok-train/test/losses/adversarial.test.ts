import { grad, Random, tensor, useBackend } from "@vidtok/tensor";
import type { Shape, Tensor } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { discriminatorLoss, generatorLoss } from "../../src/losses/adversarial.ts";

beforeAll(() => useBackend(referenceBackend()));

// Of two clips of three frames, four patches each: the 2d discriminator gives one sample a frame.
const SHAPE = [6, 1, 2, 2] as const;
const COUNT = 24;

function logits(seed: number, shape: Shape = SHAPE): Tensor {
  return tensor(new Random(seed).uniform(COUNT, -3, 3), shape);
}

const meanOf = (values: Iterable<number>): number => {
  const all = [...values];
  return all.reduce((sum, value) => sum + value, 0) / all.length;
};
const softplus = (x: number): number => Math.log1p(Math.exp(x));

test("hinge: half the mean of relu(1 − real) and half that of relu(1 + fake)", async () => {
  const [real, fake] = [logits(1), logits(2)];
  const [r, f] = [await real.readExact(), await fake.readExact()];
  const expected =
    0.5 *
    (meanOf(Array.from(r, (x) => Math.max(0, 1 - x))) +
      meanOf(Array.from(f, (x) => Math.max(0, 1 + x))));
  expect(await discriminatorLoss("hinge", real, fake).item()).toBeCloseTo(expected, 12);
  const kept = discriminatorLoss("hinge", tensor([1.5], [1]), tensor([-1.5], [1]));
  expect(await kept.item()).toBe(0);
});

test("vanilla: half the mean of softplus(−real) and half that of softplus(fake)", async () => {
  const [real, fake] = [logits(1), logits(2)];
  const [r, f] = [await real.readExact(), await fake.readExact()];
  const expected =
    0.5 * (meanOf(Array.from(r, (x) => softplus(-x))) + meanOf(Array.from(f, softplus)));
  expect(await discriminatorLoss("vanilla", real, fake).item()).toBeCloseTo(expected, 12);
  const far = discriminatorLoss("vanilla", tensor([-1e4], [1]), tensor([1e4], [1]));
  expect(await far.item()).toBeCloseTo(1e4, 6);
});

test("the generator minimises the negative mean of the logits", async () => {
  const fake = logits(3);
  const expected = -meanOf(await fake.readExact());
  expect(await generatorLoss(fake, false).item()).toBeCloseTo(expected, 12);
});

test("or the cross entropy of the mean logit of each sample with real", async () => {
  const fake = logits(3);
  const values = await fake.readExact();
  const perFrame = Array.from({ length: 6 }, (_, i) =>
    softplus(-meanOf(values.slice(4 * i, 4 * i + 4))),
  );
  const found = await generatorLoss(fake, true).item();
  expect(found).toBeCloseTo(meanOf(perFrame), 12);
  // The mean comes before the cross entropy, not after it.
  expect(Math.abs(found - meanOf(Array.from(values, (x) => softplus(-x))))).toBeGreaterThan(0.05);
});

test("a sample is a frame for the 2d discriminator and a clip for the 3d one", async () => {
  const values = await logits(3).readExact();
  const clips = tensor(values, [2, 1, 3, 2, 2]);
  const perClip = [0, 1].map((i) => softplus(-meanOf(values.slice(12 * i, 12 * i + 12))));
  const ofClips = await generatorLoss(clips, true).item();
  expect(ofClips).toBeCloseTo(meanOf(perClip), 12);
  const ofFrames = await generatorLoss(tensor(values, SHAPE), true).item();
  expect(Math.abs(ofFrames - ofClips)).toBeGreaterThan(1e-3);
});

test("the gradient of the cross entropy is that of its formula", async () => {
  const fake = logits(3);
  const values = await fake.readExact();
  const slope = await grad(generatorLoss(fake, true), [fake])[0]!.readExact();
  slope.forEach((value, i) => {
    const first = 4 * Math.floor(i / 4);
    const m = meanOf(values.slice(first, first + 4));
    expect(value).toBeCloseTo(-1 / (1 + Math.exp(m)) / COUNT, 12);
  });
});
