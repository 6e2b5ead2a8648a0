import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import "@vidtok/backend-native";
import { openCheckpoint } from "@vidtok/nn";
import { useBackend } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { train } from "../../src/train.ts";
import { checkpointFingerprints } from "../fingerprints.ts";
import { newFolder, readLog, tinyConfig, videoFolder } from "../tinyRun.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Runs a program of the sources; resolves to how it ended and to what it wrote to stderr. */
function runProgram(
  name: string,
  args: readonly string[],
): Promise<{ readonly ended: number | string | null; readonly err: string }> {
  const node = ["--conditions=@vidtok/source", "--import", here("sources.mjs"), here(name)];
  const child = spawn(process.execPath, [...node, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let err = "";
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ ended: signal ?? code, err }));
  });
}

test("a run that was killed with -9 after step 7 goes on from step 5 to the same bits and the same log", async () => {
  const videos = await videoFolder(2);
  const overrides = [
    "model.params.ema_decay=0.9",
    "lightning.modelcheckpoint.params.every_n_train_steps=10",
    "data.params.validation=null",
  ];
  const logdir = newFolder();
  const args = [videos, logdir, "7", JSON.stringify(overrides)];
  const { ended, err } = await runProgram("killedProgram.ts", args);
  expect([ended, err]).toEqual(["SIGKILL", ""]);

  const dir = join(logdir, "killed");
  expect(readLog(dir).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const last = await openCheckpoint(join(dir, "checkpoints", "last.safetensors"));
  await last.close();
  expect(last.metadata.get("global_step")).toBe("10");

  // Its lock names a process that is gone, and it might have been killed in the middle of a checkpoint.
  const lock = join(dir, "train.lock");
  const half = join(dir, "checkpoints", "last.safetensors.4711-mabc12.part");
  expect(existsSync(lock)).toBe(true);
  writeFileSync(half, "half");

  await useBackend("auto");
  const config = tinyConfig(videos, overrides, "kl");
  const resumed = await train({ config, logdir: "unused", resume: dir, maxSteps: 10 });
  const whole = await train({ config, logdir: newFolder(), maxSteps: 10, seed: 7 });
  expect(await checkpointFingerprints(resumed.checkpoint!)).toEqual(
    await checkpointFingerprints(whole.checkpoint!),
  );
  expect(readLog(dir)).toEqual(readLog(whole.dir));
  expect([lock, half].filter(existsSync)).toEqual([]);
}, 120_000);
