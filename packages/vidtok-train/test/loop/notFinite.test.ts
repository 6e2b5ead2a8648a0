import "@vidtok/backend-native";
import { stateDict } from "@vidtok/nn";
import { full, tensor, useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { weightsOf } from "../../src/loop/learner.ts";
import type { Learner } from "../../src/loop/learner.ts";
import { trainStep } from "../../src/loop/trainStep.ts";
import { TrainError } from "../../src/trainError.ts";
import { fingerprints } from "../fingerprints.ts";
import { adversarial, tinyBatch, tinyLearner } from "../tinyLearner.ts";

beforeAll(() => useBackend("auto"));

const at = (step: number) => ({ globalStep: 2 * step, lrFactor: 1 });

/** All that a step may change. */
async function everythingOf(learner: Learner): Promise<unknown> {
  const optimizers = [learner.generator.optimizer, learner.discriminator!.optimizer];
  const states = optimizers.map((optimizer) => optimizer.state());
  const averaged = learner.ema!.state();
  return {
    weights: await fingerprints(stateDict(weightsOf(learner))),
    moments: await Promise.all(states.map(({ tensors }) => fingerprints(tensors))),
    steps: states.map(({ steps }) => steps),
    averages: { ...learner.loss.averages },
    ema: await fingerprints(averaged.shadow),
    updates: averaged.updates,
  };
}

/** Fills a weight with one number. */
function fill({ model, discriminator }: Learner, name: string, value: number): void {
  const all = new Map([...model.namedParameters(), ...(discriminator?.parameters ?? [])]);
  const parameter = all.get(name)!;
  parameter.value = full(parameter.shape, value);
}

test("a step with numbers that are not finite changes nothing of the learner", async () => {
  const learner = await tinyLearner([...adversarial, "model.params.ema_decay=0.9"]);
  await trainStep(learner, [tinyBatch("a")], at(0));
  const before = await everythingOf(learner);
  const broken = tinyBatch("b");
  broken.jpg[7] = NaN;
  const act = trainStep(learner, [tinyBatch("c"), broken], at(1));
  await expect(act).rejects.toThrow(TrainError);
  await expect(act).rejects.toThrow(
    "total_loss became NaN on c0.mp4, b0.mp4: not finite first in the clip; " +
      "a lower model.base_learning_rate usually helps",
  );
  expect(await everythingOf(learner)).toEqual(before);
});

test.each([
  ["encoder.conv_in.conv.weight", "in encoder.conv_in.conv"],
  ["encoder.mid.attn_1.q.conv.bias", "in encoder.mid.attn_1.q.conv"],
  ["decoder.up.0.block.0.norm1.norm.weight", "in decoder.up.0.block.0.norm1.norm"],
  ["loss.discriminator.main.2.weight", "in loss.discriminator.main.2"],
])("a bad %s is named", async (name, origin) => {
  const learner = await tinyLearner(adversarial);
  fill(learner, name, NaN);
  await expect(trainStep(learner, [tinyBatch("a")], at(0))).rejects.toThrow(
    `not finite first ${origin}; `,
  );
});

test("a gradient that alone is not finite is named", async () => {
  const learner = await tinyLearner(["model.params.encoder_config.params.fix_encoder=true"]);
  // Errors count e⁸⁰ times, and the last layer sees large numbers that it makes small.
  learner.loss.logvar.value = tensor([-80], []);
  fill(learner, "decoder.norm_out.norm.weight", 1e4);
  fill(learner, "decoder.conv_out.conv.weight", 1e-6);
  const { jpg, ...rest } = tinyBatch("a");
  const act = trainStep(learner, [{ ...rest, jpg: jpg.fill(1) }], at(0));
  await expect(act).rejects.toThrow(
    /^grad_norm_ae became (NaN|Infinity) on a0.mp4: not finite first in the gradient of decoder/,
  );
});
