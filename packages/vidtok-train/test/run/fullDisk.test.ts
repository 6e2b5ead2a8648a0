import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@vidtok/backend-native";
import { useBackend } from "@vidtok/tensor";
import { afterAll, beforeAll, expect, test } from "vitest";
import { train } from "../../src/train.ts";
import { readLog, tinyConfig, videoFolder } from "../tinyRun.ts";

const disk = mkdtempSync(join(tmpdir(), "vidtok-disk-"));
let videos: string;
let lack: string | undefined;

beforeAll(async () => {
  videos = await videoFolder(1);
  await useBackend("auto");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "vidtok-test", disk], {
      stdio: "pipe",
    });
  } catch (error) {
    lack = `a full disk needs a file system of its own: ${String(error).split("\n")[0]}`;
  }
});

afterAll(() => {
  if (lack === undefined) execFileSync("umount", [disk]);
  rmSync(disk, { recursive: true, force: true });
});

/** Leaves no byte free on the disk. */
function fill(): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, "filler"), new Uint8Array(bavail * bsize));
}

test("a full disk at a checkpoint keeps the one before, says so, and training goes on", async ({
  skip,
}) => {
  if (lack !== undefined) skip(lack);
  const checkpoints = join(disk, "run", "checkpoints");
  const last = join(checkpoints, "last.safetensors");
  const notices: string[] = [];
  const states: Buffer[] = [];
  const { step } = await train({
    config: tinyConfig(videos, [
      "lightning.modelcheckpoint.params.every_n_train_steps=2",
      "lightning.modelcheckpoint.params.save_top_k=-1",
      "data.params.validation=null",
    ]),
    ...{ logdir: disk, name: "run", maxSteps: 4 },
    onProgress(event) {
      if (event.kind === "notice") notices.push(event.text);
      if (event.kind !== "step" || event.step === 1) return;
      states.push(readFileSync(last));
      if (event.step === 2) fill();
      if (event.step === 4) rmSync(join(disk, "filler"));
    },
  });
  expect(step).toBe(4);
  expect(notices).toEqual(
    [2, 3].map((failed) => expect.stringMatching(`checkpoint at step ${failed}: .*disk is full`)),
  );
  expect(states).toHaveLength(3);
  expect(states.every((state) => state.equals(states[0]!))).toBe(true);
  // Nothing is left of the attempts, and the last one had room again.
  expect(readdirSync(checkpoints).sort()).toEqual([
    "epoch=0000-step=00000002.safetensors",
    "epoch=0003-step=00000008.safetensors",
    "last.safetensors",
  ]);
  expect(readFileSync(join(checkpoints, "epoch=0000-step=00000002.safetensors"))).toEqual(
    states[0],
  );
  expect(readLog(join(disk, "run")).map(({ step: logged }) => logged)).toEqual([1, 2, 3, 4]);
});
