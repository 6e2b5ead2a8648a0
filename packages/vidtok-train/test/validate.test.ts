import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { lastRun } from "../src/run/runFolder.ts";
import { train, validate } from "../src/train.ts";
import { newFolder, readLog, tinyConfig, videoFolder } from "./tinyRun.ts";

let videos: string;

beforeAll(async () => {
  videos = await videoFolder(2);
});

test("a validation gives the numbers of training's, and leaves the run as it is", async () => {
  const config = tinyConfig(videos, ["lightning.trainer.val_check_interval=3"], "kl");
  const run = await train({ config, logdir: newFolder(), maxSteps: 3 });
  const log = readFileSync(join(run.dir, "metrics.jsonl"), "utf8");
  const resume = join(run.dir, "checkpoints", "last.safetensors");
  const first = await validate({ config, logdir: "unused", resume });
  expect(first).toMatchObject({ dir: run.dir, step: 3, isInterrupted: false });
  expect(first.scalars["val/rec_loss"]).toBeGreaterThan(0);
  expect(run.scalars).toMatchObject(first.scalars);
  const again = await validate({ config, logdir: "unused", resume });
  expect(again.scalars).toEqual(first.scalars);

  const line = `${JSON.stringify({ step: 3, ...first.scalars })}\n`;
  expect(readFileSync(join(run.dir, "validations.jsonl"), "utf8")).toBe(line + line);
  expect(readFileSync(join(run.dir, "metrics.jsonl"), "utf8")).toBe(log);
});

test("a validation of new weights has a run without checkpoints", async () => {
  const logdir = newFolder();
  const config = tinyConfig(videos);
  const { dir, step } = await validate({ config, logdir, name: "first" });
  expect([dir, step]).toEqual([join(logdir, "first"), 0]);
  expect(existsSync(join(dir, "configs", "project.yaml"))).toBe(true);
  expect(lastRun(logdir, () => true)).toBeUndefined();
});

test("an aborted validation measures nothing and says so", async () => {
  const options = { config: tinyConfig(videos), logdir: newFolder(), signal: AbortSignal.abort() };
  expect(await validate(options)).toMatchObject({ isInterrupted: true, scalars: {} });
});

test("without validation data there is nothing to validate", async () => {
  const config = tinyConfig(videos, ["data.params.validation=null"]);
  await expect(validate({ config, logdir: newFolder() })).rejects.toThrow(
    "validate: there is nothing to validate on; add data.params.validation",
  );
});

test("a new run goes on from a checkpoint of another as that one does", async () => {
  const config = tinyConfig(videos);
  const start = await train({ config, logdir: newFolder(), maxSteps: 2, seed: 7 });
  const other = await train({ config, logdir: newFolder(), from: start.checkpoint, maxSteps: 4 });
  const same = await train({ config, logdir: "unused", resume: start.dir, maxSteps: 4 });
  expect(other.dir).not.toBe(start.dir);
  expect(readLog(other.dir)).toEqual(readLog(same.dir).slice(2));
});
