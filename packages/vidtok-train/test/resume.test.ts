import { readdirSync } from "node:fs";
import { join } from "node:path";
import "@vidtok/backend-native";
import { loadConfig } from "@vidtok/model";
import { useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { train } from "../src/train.ts";
import type { TrainResult } from "../src/train.ts";
import { checkpointFingerprints } from "./fingerprints.ts";
import { adversarial } from "./tinyLearner.ts";
import { newFolder, readLog, tinyConfig, videoFolder } from "./tinyRun.ts";

let videos: string;
let others: string;

beforeAll(async () => {
  videos = await videoFolder(3);
  others = await videoFolder(1);
  await useBackend("auto");
});

// Three clips an epoch: a step of two, then one of one.
const everything = (): readonly string[] => [
  ...adversarial,
  "model.params.ema_decay=0.9",
  "model.params.lr_schedule={warmup_steps: 2, total_steps: 9}",
  "model.params.monitor=val/rec_loss",
  "lightning.modelcheckpoint.params.every_n_train_steps=2",
  "lightning.modelcheckpoint.params.save_top_k=2",
  "lightning.trainer.accumulate_grad_batches=2",
  "lightning.trainer.val_check_interval=3",
  "lightning.trainer.num_sanity_val_steps=0",
  `data.params.validation.params.data_dir=${others}`,
];

function run(maxSteps: number): Promise<TrainResult> {
  const config = tinyConfig(videos, everything(), "kl");
  return train({ config, logdir: newFolder(), maxSteps, seed: 7 });
}

// Between two validations a checkpoint counts with the value of the one before, in a resumed run too.
const namesIn = (dir: string): string[] => readdirSync(join(dir, "checkpoints")).sort();

test("six steps of everything at once give the same bits as three, a resume and three more", async () => {
  const whole = await run(6);
  const half = await run(3);
  const config = loadConfig(join(half.dir, "configs", "project.yaml"));
  const resumed = await train({ config, logdir: "unused", resume: half.dir, maxSteps: 6 });
  expect([resumed.step, resumed.epoch]).toEqual([6, 2]);
  const found = await checkpointFingerprints(resumed.checkpoint!);
  expect(found).toEqual(await checkpointFingerprints(whole.checkpoint!));
  const names = [...found.keys()];
  for (const part of ["model_ema.", "optimizer_states.1.", "loss.discriminator.main.3.running"]) {
    expect(names.some((name) => name.startsWith(part))).toBe(true);
  }
  const log = readLog(resumed.dir);
  expect(log).toEqual(readLog(whole.dir));
  expect(log.map(({ step }) => step)).toEqual([1, 2, 3, 3, 4, 5, 6, 6]);
  expect(log[3]).toHaveProperty("val_ema/rec_loss");
  expect(log[0]).toHaveProperty("train/lecam_loss");
  expect(namesIn(resumed.dir)).toEqual(namesIn(whole.dir));
});
