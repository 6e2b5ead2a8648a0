import "@vidtok/backend-native";
import { stateDict } from "@vidtok/nn";
import type { BatchNorm } from "@vidtok/nn";
import { noGrad, scope, tensor, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { assertClose, roundToBf16 } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { weightsOf } from "../../src/loop/learner.ts";
import type { Learner } from "../../src/loop/learner.ts";
import { trainStep } from "../../src/loop/trainStep.ts";
import { fingerprints, sameNames } from "../fingerprints.ts";
import { adversarial, tinyBatch, tinyLearner } from "../tinyLearner.ts";

beforeAll(() => useBackend("auto"));

const loss = "model.params.loss_config.params";
const first = { globalStep: 0, lrFactor: 1 };
// Codes' entropy and batch norm look at a batch as a whole; without them its clips do not depend on each other.
const separable = ["model.params.regularizer_config.params={sample: false}"];

function momentsOf({ generator }: Learner): ReadonlyMap<string, Tensor> {
  return generator.optimizer.state().tensors;
}

test("two batches of one clip make the step of one batch of two", async () => {
  const [together, apart] = [
    await tinyLearner(separable, "kl"),
    await tinyLearner(separable, "kl"),
  ];
  const both = tinyBatch("clip", 2);
  const half = both.jpg.length / 2;
  const singles = [0, 1].map((i) => ({
    jpg: both.jpg.slice(i * half, (i + 1) * half),
    shape: [1, 3, 5, 16, 16] as const,
    paths: [both.paths[i]!],
  }));
  const whole = await trainStep(together, [both], first);
  const parts = await trainStep(apart, singles, first);
  expect([...parts.keys()]).toEqual([...whole.keys()]);
  for (const [name, value] of whole) assertClose([parts.get(name)!], [value], 1e-5, name);
  // A bias of the keys shifts all of a softmax's inputs alike: its gradient is nothing but rounding.
  const isNoise = (name: string): boolean => name.includes("attn_1.k.conv.bias");
  // The first moments are a tenth of the gradients.
  const others = momentsOf(apart);
  for (const [name, moment] of momentsOf(together)) {
    if (isNoise(name)) continue;
    assertClose(await others.get(name)!.read(), await moment.read(), 1e-4, name);
  }
  const ends = stateDict(weightsOf(apart));
  for (const [name, value] of stateDict(weightsOf(together))) {
    if (isNoise(name)) continue;
    assertClose(await ends.get(name)!.read(), await value.read(), 1e-6, name);
  }
});

test("a discriminator counts every batch of a step: the reconstruction, the clip, the reconstruction; LeCam counts the step", async () => {
  const learner = await tinyLearner(adversarial);
  const { model } = learner;
  const discriminator = learner.loss.discriminator!;
  const norm = discriminator.main[3] as BatchNorm;
  const batches = [tinyBatch("a"), tinyBatch("b")];
  const expected = { mean: new Float64Array(128), variance: new Float64Array(128).fill(1) };
  const logitMeans = { real: 0, fake: 0 };
  for (const { jpg, shape } of batches) {
    const x = tensor(jpg, shape);
    const [real, fake] = noGrad(() =>
      scope(() => {
        const { recon } = model.forward(x, { globalStep: 0 });
        return [discriminator.train(x), discriminator.train(recon)] as const;
      }),
    );
    for (const { statistics } of [fake, real, fake]) {
      for (const key of ["mean", "variance"] as const) {
        const found = await statistics[0]![key].read();
        found.forEach((value, c) => {
          expected[key][c] = 0.9 * expected[key][c]! + 0.1 * value;
        });
      }
    }
    const meanOf = async ({ logits }: { readonly logits: Tensor }): Promise<number> => {
      const values = await logits.read();
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    logitMeans.real += (await meanOf(real)) / batches.length;
    logitMeans.fake += (await meanOf(fake)) / batches.length;
  }
  await trainStep(learner, batches, first);
  assertClose(await norm.running_mean.value.read(), expected.mean, 1e-5, "running mean");
  assertClose(await norm.running_var.value.read(), expected.variance, 1e-5, "running variance");
  expect(await norm.num_batches_tracked.value.item()).toBe(6);
  expect(learner.loss.averages.real).toBeCloseTo(0.001 * logitMeans.real, 9);
  expect(learner.loss.averages.fake).toBeCloseTo(0.001 * logitMeans.fake, 9);
});

test("the discriminator's loss begins half a step before the generator's", async () => {
  const learner = await tinyLearner([...adversarial, `${loss}.disc_start=1`]);
  const before = await trainStep(learner, [tinyBatch("a")], first);
  const value = (step: ReadonlyMap<string, number>, name: string): number => step.get(name)!;
  expect(value(before, "disc_factor")).toBe(1);
  expect(value(before, "disc_loss")).toBeGreaterThan(0.1);
  expect(value(before, "d_weight")).toBeGreaterThan(0);
  const withoutG = value(before, "nll_loss") + value(before, "aux_loss");
  assertClose([value(before, "total_loss")], [withoutG], 1e-6);

  const after = await trainStep(learner, [tinyBatch("b")], { globalStep: 2, lrFactor: 1 });
  const withG =
    value(after, "nll_loss") +
    value(after, "aux_loss") +
    value(after, "d_weight") * value(after, "g_loss");
  assertClose([value(after, "total_loss")], [withG], 1e-6);
  expect(value(after, "total_loss")).not.toBe(value(after, "nll_loss") + value(after, "aux_loss"));
});

test("before disc_start the discriminator keeps its weights, but counts batches", async () => {
  const learner = await tinyLearner([...adversarial, `${loss}.disc_start=9`]);
  const before = await fingerprints(stateDict(weightsOf(learner)));
  const values = await trainStep(learner, [tinyBatch("a")], first);
  expect([values.get("disc_factor"), values.get("disc_loss")]).toEqual([0, 0]);
  expect(values.get("grad_norm_disc")).toBe(0);
  const after = await fingerprints(stateDict(weightsOf(learner)));
  const kept = sameNames(before, after).filter((name) => name.includes("discriminator"));
  expect(kept).toEqual(
    [...before.keys()].filter(
      (name) => name.includes("discriminator") && !/running|tracked/.test(name),
    ),
  );
  expect(learner.loss.averages.real).not.toBe(0);
});

test("the schedule's factor multiplies the learning rates of both optimizers", async () => {
  const learner = await tinyLearner(adversarial);
  const before = await fingerprints(stateDict(weightsOf(learner)));
  await trainStep(learner, [tinyBatch("a")], { globalStep: 0, lrFactor: 0 });
  const after = await fingerprints(stateDict(weightsOf(learner)));
  const changed = [...before.keys()].filter((name) => before.get(name) !== after.get(name));
  expect(changed.every((name) => /running|tracked/.test(name))).toBe(true);
});

test("the logged logvar is the one after the step", async () => {
  const learner = await tinyLearner();
  const values = await trainStep(learner, [tinyBatch("a")], first);
  expect(values.get("logvar")).toBe(await learner.loss.logvar.value.item());
  expect(values.get("logvar")).not.toBe(0);
});

test("bf16 makes a step near that of f32, and the weights stay f32", async () => {
  // Codes that are rounded the other way would make a difference of their own.
  const overrides = [...adversarial, ...separable];
  const bf16 = "lightning.trainer.precision=bf16-mixed";
  const mixed = await tinyLearner([...overrides, bf16], "kl");
  const exact = await tinyLearner(overrides, "kl");
  expect([mixed.precision, exact.precision]).toEqual(["bf16", "f32"]);
  const [rough, fine] = [
    await trainStep(mixed, [tinyBatch("a")], first),
    await trainStep(exact, [tinyBatch("a")], first),
  ];
  for (const name of ["nll_loss", "rec_loss", "g_loss", "disc_loss", "d_weight"]) {
    assertClose([rough.get(name)!], [fine.get(name)!], 0.03, name);
    expect(rough.get(name), name).not.toBe(fine.get(name));
  }
  // LPIPS's kinks decide the gradient: of six batches its norm moved by 0 to 84 %, however exact the products' own gradients.
  expect(rough.get("grad_norm_ae")).not.toBe(fine.get("grad_norm_ae"));
  const { value } = mixed.generator.parameters.get("decoder.conv_out.conv.weight")!;
  expect((await value.read()).every((v) => roundToBf16(v) !== v)).toBe(true);
});
