import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import "@vidtok/backend-native";
import { useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { train } from "../../src/train.ts";
import type { TrainEvent } from "../../src/trainEvent.ts";
import { checkpointFingerprints } from "../fingerprints.ts";
import { newFolder, readLog, tinyConfig, videoFolder } from "../tinyRun.ts";

let videos: string;

beforeAll(async () => {
  videos = await videoFolder(1);
  await useBackend("auto");
});

const everyStep = [
  "lightning.modelcheckpoint.params.every_n_train_steps=2",
  "lightning.modelcheckpoint.params.save_top_k=-1",
  "data.params.validation=null",
];

/** Trains so many steps; after some of them something is in the way of `last`, which cannot be replaced then. */
async function runWith(blocked: readonly number[], maxSteps: number) {
  const logdir = newFolder();
  const checkpoints = join(logdir, "run", "checkpoints");
  const last = join(checkpoints, "last.safetensors");
  const events: TrainEvent[] = [];
  const result = train({
    ...{ config: tinyConfig(videos, everyStep), logdir, name: "run", maxSteps },
    onProgress(event) {
      events.push(event);
      if (event.kind !== "step") return;
      rmSync(last, { recursive: true, force: true });
      if (blocked.includes(event.step)) mkdirSync(join(last, "in the way"), { recursive: true });
    },
  });
  const ended = await result.catch((error: unknown) => error);
  const notices = events.flatMap((event) => (event.kind === "notice" ? [event.text] : []));
  const named = (step: number): string =>
    join(checkpoints, `epoch=000${step - 1}-step=0000000${2 * step}.safetensors`);
  return { dir: join(logdir, "run"), checkpoints, last, named, ended, notices };
}

test("a checkpoint that cannot be written is told, the one before stays, and training goes on", async () => {
  const whole = await runWith([], 3);
  expect(whole.notices).toEqual([]);
  const cut = await runWith([2], 3);
  expect(cut.notices).toHaveLength(1);
  expect(cut.notices[0]).toMatch(
    /^checkpoint at step 2: .*last.safetensors.*; the checkpoints written before are as they were, and training goes on$/,
  );
  expect(cut.ended).toMatchObject({ step: 3, isInterrupted: false });
  expect(readLog(cut.dir)).toEqual(readLog(whole.dir));
  for (const path of ["last", "named"] as const) {
    const [a, b] = [cut, whole].map((run) => (path === "last" ? run.last : run.named(1)));
    expect(await checkpointFingerprints(a!)).toEqual(await checkpointFingerprints(b!));
  }
  // Nothing is left of the attempt.
  expect(readdirSync(cut.checkpoints).sort()).toEqual([
    "epoch=0000-step=00000002.safetensors",
    "epoch=0002-step=00000006.safetensors",
    "last.safetensors",
  ]);
});

test("the last checkpoint has to be written", async () => {
  const { ended, notices, dir } = await runWith([1], 1);
  expect(notices).toHaveLength(1);
  expect(ended).toBeInstanceOf(Error);
  expect((ended as Error).message).toContain("last.safetensors");
  expect(readLog(dir).map(({ step }) => step)).toEqual([1]);
});

test("what fails between two steps loses none of them", async () => {
  const logdir = newFolder();
  const last = join(logdir, "run", "checkpoints", "last.safetensors");
  const config = tinyConfig(videos, ["data.params.validation=null"]);
  const attempt = train({
    ...{ config, logdir, name: "run", maxSteps: 4 },
    onProgress(event) {
      if (event.kind === "step" && event.step === 2) throw new Error("ffmpeg: cannot be started");
    },
  });
  await expect(attempt).rejects.toThrow(
    `train: after step 2: ffmpeg: cannot be started; the weights after that step are in ${last}`,
  );
  const resumed = await train({ config, logdir, resume: join(logdir, "run"), maxSteps: 4 });
  const whole = await train({ config, logdir, name: "whole", maxSteps: 4 });
  expect(await checkpointFingerprints(resumed.checkpoint)).toEqual(
    await checkpointFingerprints(whole.checkpoint),
  );
});
