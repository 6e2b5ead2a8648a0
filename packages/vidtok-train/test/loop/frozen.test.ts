import "@vidtok/backend-native";
import { stateDict } from "@vidtok/nn";
import { memory, scope, sizeOf, tensor, useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { weightsOf } from "../../src/loop/learner.ts";
import { batchGradients } from "../../src/loop/batchGradients.ts";
import { trainStep } from "../../src/loop/trainStep.ts";
import { fingerprints, sameNames } from "../fingerprints.ts";
import type { Learner } from "../../src/loop/learner.ts";
import { adversarial, tinyBatch, tinyLearner } from "../tinyLearner.ts";

beforeAll(() => useBackend("auto"));

const fix = (half: string): string => `model.params.${half}_config.params.fix_${half}=true`;

test.each([
  ["encoder", []],
  ["encoder", adversarial],
  // Here the reference stops: it asks for a gradient that a frozen last layer does not have.
  ["decoder", adversarial],
  ["decoder", []],
  ["encoder and decoder", adversarial],
])("a frozen %s keeps its bits and the rest is trained (%#)", async (frozen, overrides) => {
  const halves = frozen.split(" and ");
  const learner = await tinyLearner([...halves.map(fix), ...overrides]);
  const weights = weightsOf(learner);
  const before = await fingerprints(stateDict(weights));
  // In the first step nothing gets past the temporal blocks' last weights, which start at 0.
  await trainStep(learner, [tinyBatch("a")], { globalStep: 0, lrFactor: 1 });
  const values = await trainStep(learner, [tinyBatch("b")], { globalStep: 2, lrFactor: 1 });
  const after = await fingerprints(stateDict(weights));
  const isFrozen = (name: string): boolean => halves.some((half) => name.startsWith(`${half}.`));
  expect(sameNames(before, after)).toEqual([...before.keys()].filter(isFrozen));
  expect([...learner.generator.parameters.keys()].some(isFrozen)).toBe(false);
  expect(values.get("grad_norm_ae")).toBeGreaterThan(0);
});

test("a frozen encoder stores no activations", async () => {
  /** Bytes that an encoding keeps while gradients are recorded, and those of what it returns. */
  const kept = (learner: Learner): readonly [kept: number, returned: number] =>
    scope(() => {
      const { jpg, shape } = tinyBatch("a");
      const x = tensor(jpg, shape);
      const before = memory().live;
      const { z, moments } = learner.model.encode(x, { globalStep: 0, training: true });
      return [memory().live - before, 4 * (sizeOf(z.shape) + sizeOf(moments.shape))];
    });
  const [frozen, returned] = kept(await tinyLearner([fix("encoder")], "kl"));
  const [trained] = kept(await tinyLearner([], "kl"));
  // The results and kl_loss, nothing else.
  expect(frozen).toBe(returned + 4);
  expect(trained).toBeGreaterThan(50 * frozen);
});

test("with nothing left to train but the discriminator, that is trained", async () => {
  const constant = "model.params.loss_config.params.learn_logvar=false";
  const learner = await tinyLearner([fix("encoder"), fix("decoder"), constant, ...adversarial]);
  const before = await fingerprints(stateDict(weightsOf(learner)));
  const values = await trainStep(learner, [tinyBatch("a")], { globalStep: 0, lrFactor: 1 });
  const after = await fingerprints(stateDict(weightsOf(learner)));
  const changed = [...before.keys()].filter((name) => before.get(name) !== after.get(name));
  expect(changed.every((name) => name.startsWith("loss.discriminator."))).toBe(true);
  expect(changed).toContain("loss.discriminator.main.0.weight");
  expect(values.has("grad_norm_ae")).toBe(false);
});

test("gradients are the same to the bit where activations are computed again", async () => {
  const recompute = ["encoder", "decoder"].map(
    (half) => `model.params.${half}_config.params.use_checkpoint=true`,
  );
  const [plain, checkpointed] = [
    await tinyLearner(adversarial),
    await tinyLearner([...recompute, ...adversarial]),
  ];
  expect(checkpointed.model.config.encoder.useCheckpoint).toBe(true);
  const found = [plain, checkpointed].map((learner) => {
    const { generator, discriminator } = batchGradients(learner, tinyBatch("a"), 0);
    const names = [
      ...learner.generator.parameters.keys(),
      ...learner.discriminator!.parameters.keys(),
    ];
    return new Map(names.map((name, i) => [name, [...generator, ...discriminator][i]!]));
  });
  const [expected, actual] = [await fingerprints(found[0]!), await fingerprints(found[1]!)];
  expect(expected.size).toBeGreaterThan(100);
  expect(actual).toEqual(expected);
});
