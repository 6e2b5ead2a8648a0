import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeSafetensors } from "@vidtok/nn";
import { referenceBackend } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { findRun, lastRun } from "../src/run/runFolder.ts";
import { train } from "../src/train.ts";
import { newFolder, tinyConfig, videoFolder } from "./tinyRun.ts";

test("a run is found by its folder, which means its newest checkpoint, or by a checkpoint", () => {
  const dir = newFolder();
  const place = (name: string): string => join(dir, "checkpoints", `${name}.safetensors`);
  mkdirSync(join(dir, "checkpoints"));
  ["last", "epoch=0000-step=00000002"].forEach((name, i) => {
    writeFileSync(place(name), "");
    utimesSync(place(name), i, i);
  });
  expect(findRun(dir).checkpoint).toBe(place("epoch=0000-step=00000002"));
  expect(findRun(place("last")).checkpoint).toBe(place("last"));
  expect(findRun(place("last")).folder.metrics).toBe(join(dir, "metrics.jsonl"));
});

test("the last run is the last by name that is ours and has a checkpoint", () => {
  const logdir = newFolder();
  for (const name of ["1_a", "2_a", "3_a", "4_b"]) {
    mkdirSync(join(logdir, name, "checkpoints"), { recursive: true });
    if (name !== "3_a") writeFileSync(join(logdir, name, "checkpoints", "last.safetensors"), "");
  }
  expect(lastRun(logdir, (name) => name.endsWith("_a"))).toBe(join(logdir, "2_a"));
  expect(lastRun(logdir, () => false)).toBeUndefined();
  expect(lastRun(join(logdir, "none"), () => true)).toBeUndefined();
});

test("what is no run cannot be resumed", async () => {
  const dir = newFolder();
  expect(() => findRun(join(dir, "gone"))).toThrow(`resume: ${dir}/gone does not exist`);
  expect(() => findRun(dir)).toThrow(`resume: ${dir}/checkpoints holds no checkpoint`);
  const weights = join(dir, "weights.safetensors");
  const data = new Float32Array([1]);
  await writeSafetensors(weights, [["loss.logvar", { dtype: "f32", shape: [], data }]]);
  const config = tinyConfig(await videoFolder(1));
  await expect(train({ config, logdir: dir, resume: weights })).rejects.toThrow(
    `resume: ${weights} holds weights only, not where training stood; ` +
      `start a new run from it with model.params.ckpt_path=${weights}`,
  );
});

test("a precision that the backend lacks is an error with the override that helps", async () => {
  const config = tinyConfig(await videoFolder(1), ["lightning.trainer.precision=bf16-mixed"]);
  const backend = { ...referenceBackend(), precisions: ["f32"] as const };
  const act = train({ config, logdir: newFolder(), backend });
  await expect(act).rejects.toThrow(/bf16 .*; lightning.trainer.precision=32 trains in f32$/);
});
