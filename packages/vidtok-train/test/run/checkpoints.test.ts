import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import "@vidtok/backend-native";
import { openCheckpoint, stateDict } from "@vidtok/nn";
import { tensor, useBackend } from "@vidtok/tensor";
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { CheckpointSettings } from "../../src/config/checkpointSettings.ts";
import { weightsOf } from "../../src/loop/learner.ts";
import type { Learner } from "../../src/loop/learner.ts";
import { trainStep } from "../../src/loop/trainStep.ts";
import type { TrainState } from "../../src/loop/trainState.ts";
import { readCheckpoint, writeCheckpoint } from "../../src/run/checkpoint.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { runFolder } from "../../src/run/runFolder.ts";
import type { RunFolder } from "../../src/run/runFolder.ts";
import { fingerprints } from "../fingerprints.ts";
import { adversarial, tinyBatch, tinyLearner } from "../tinyLearner.ts";
import { newFolder } from "../tinyRun.ts";

let learner: Learner;
let folder: RunFolder;

beforeAll(async () => {
  await useBackend("auto");
  learner = await tinyLearner();
});

beforeEach(() => {
  folder = runFolder(newFolder());
  mkdirSync(folder.checkpoints);
});

const noise = { seed: 3, counter: 0 };
const after = (step: number): TrainState => ({ seed: 3, step, epoch: 1, batch: step, noise });

/** The steps of the named checkpoints there are. */
function kept(): number[] {
  const names = readdirSync(folder.checkpoints).sort();
  expect(names.at(-1)).toBe("last.safetensors");
  return names.slice(0, -1).map((name) => {
    expect(name).toMatch(/^epoch=0001-step=\d{8}\.safetensors$/);
    return Number(/step=(\d+)/.exec(name)![1]) / 2;
  });
}

const best = (keep: number): CheckpointSettings => ({ every: 2, monitor: "val/rec_loss", keep });

async function save(
  checkpoints: Checkpoints,
  values: readonly (number | null)[],
  first = 1,
): Promise<void> {
  for (const [i, value] of values.entries())
    await checkpoints.save(learner, after(first + i), value);
}

async function lastStep(): Promise<string> {
  const file = await openCheckpoint(join(folder.checkpoints, "last.safetensors"));
  await file.close();
  return file.metadata.get("global_step") as string;
}

test("those with the smallest monitored values stay, and the last one", async () => {
  const checkpoints = await Checkpoints.open(folder, best(2));
  await save(checkpoints, [0.5, 0.3, 0.4, 0.9]);
  expect(kept()).toEqual([2, 3]);
  expect(await lastStep()).toBe("8");
});

test("of equal values the newest stays", async () => {
  const checkpoints = await Checkpoints.open(folder, best(2));
  await save(checkpoints, [0.3, 0.3, 0.3]);
  expect(kept()).toEqual([2, 3]);
});

test("what was not validated, or not with a number, is worse than any value", async () => {
  const checkpoints = await Checkpoints.open(folder, best(2));
  await save(checkpoints, [null, 7, NaN, 8]);
  expect(kept()).toEqual([2, 4]);
});

test("without a monitor the newest stay", async () => {
  const settings = { every: 2, monitor: null, keep: 2 };
  await save(await Checkpoints.open(folder, settings), [null, null, null]);
  expect(kept()).toEqual([2, 3]);
});

test("of none only the last one stays, and of Infinity all do", async () => {
  const none = await Checkpoints.open(folder, best(0));
  expect(await none.save(learner, after(1), 0.5)).toBe(none.last);
  expect(kept()).toEqual([]);
  await save(await Checkpoints.open(folder, best(Infinity)), [0.5, 0.1, 0.9]);
  expect(kept()).toEqual([1, 2, 3]);
});

test("save tells where the checkpoint is", async () => {
  const checkpoints = await Checkpoints.open(folder, best(1));
  const named = join(folder.checkpoints, "epoch=0001-step=00000002.safetensors");
  expect(await checkpoints.save(learner, after(1), 0.5)).toBe(named);
  expect(await checkpoints.save(learner, after(2), 0.6)).toBe(checkpoints.last);
});

test("a resumed run knows the values of the checkpoints before", async () => {
  await save(await Checkpoints.open(folder, best(2)), [0.5, 0.3]);
  const resumed = await Checkpoints.open(folder, best(2));
  await save(resumed, [0.6, 0.4], 3);
  expect(kept()).toEqual([2, 4]);
});

test("a run that goes back and forth writes a step's checkpoint again", async () => {
  await save(await Checkpoints.open(folder, best(2)), [0.5, 0.3]);
  const resumed = await Checkpoints.open(folder, best(2));
  // Step 2 came out worse this time.
  await save(resumed, [0.9, 0.6], 2);
  expect(kept()).toEqual([1, 3]);
});

test("one is due when the steps of both optimizers have passed a multiple", async () => {
  const due = async (every: number): Promise<number[]> => {
    const checkpoints = await Checkpoints.open(folder, { ...best(1), every });
    return [1, 2, 3, 4, 5, 6, 7, 8].filter((step) => checkpoints.isDue(after(step)));
  };
  expect(await due(4)).toEqual([2, 4, 6, 8]);
  expect(await due(5)).toEqual([3, 5, 8]);
  expect(await due(1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a later checkpoint does not change an earlier one", async () => {
  const checkpoints = await Checkpoints.open(folder, best(1));
  const named = await checkpoints.save(learner, after(1), 0.5);
  const { logvar } = learner.loss;
  const before = await logvar.value.item();
  logvar.value = tensor([before + 1], []);
  await checkpoints.saveLast(learner, after(2), null);
  const stored = async (path: string): Promise<number> => {
    const file = await openCheckpoint(path);
    const values = await file.entries.get("loss.logvar")!.read();
    await file.close();
    return values[0]!;
  };
  expect(await stored(checkpoints.last)).toBe(before + 1);
  expect(await stored(named)).toBe(before);
  logvar.value = tensor([before], []);
});

test("a checkpoint holds all that a learner has learned, LeCam's averages and the moving averages too", async () => {
  const overrides = [...adversarial, "model.params.ema_decay=0.9"];
  const trained = await tinyLearner(overrides);
  await trainStep(trained, [tinyBatch("a")], { globalStep: 0, lrFactor: 1 });
  const path = join(folder.checkpoints, "one.safetensors");
  const state = { ...after(1), noise: { seed: 3, counter: 17 } };
  await writeCheckpoint(path, trained, state, 0.5);

  const fresh = await tinyLearner(overrides);
  expect(await readCheckpoint(path, fresh)).toEqual(state);
  expect(fresh.loss.averages.real).not.toBe(0);
  expect(fresh.loss.averages).toEqual(trained.loss.averages);
  expect(fresh.model.random.state).toEqual(state.noise);
  const everything = async (of: Learner): Promise<unknown> => {
    const optimizers = [of.generator, of.discriminator!].map(({ optimizer }) => optimizer.state());
    const averaged = of.ema!.state();
    return {
      weights: await fingerprints(stateDict(weightsOf(of))),
      steps: optimizers.map(({ steps }) => steps),
      moments: await Promise.all(optimizers.map(({ tensors }) => fingerprints(tensors))),
      updates: averaged.updates,
      shadow: await fingerprints(averaged.shadow),
    };
  };
  expect(await everything(fresh)).toEqual(await everything(trained));
});
