import { rmSync } from "node:fs";
import { join } from "node:path";
import "@vidtok/backend-native";
import { Lpips } from "@vidtok/metrics/nets";
import { initialize, stateDict, writeSafetensors } from "@vidtok/nn";
import { useBackend } from "@vidtok/tensor";
import { afterAll, expect, test, vi } from "vitest";
import { train } from "../../src/train.ts";
import { checkpointFingerprints, fingerprints } from "../fingerprints.ts";
import { newFolder, readLog, tinyConfig, videoFolder } from "../tinyRun.ts";

// These nets take 60 MB on disk.
const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

test("LPIPS comes out of the checkpoint that a run starts from, and out of its own when it goes on", async () => {
  vi.stubEnv("VIDTOK_CACHE", join(folder, "nothing here"));
  await useBackend("auto");
  const loss = { perceptual_loss: new Lpips() };
  initialize({ loss }, 3);
  const path = join(folder, "model.safetensors");
  const weights = stateDict({ loss });
  await writeSafetensors(path, weights);
  const config = tinyConfig(await videoFolder(1), [
    `model.params.ckpt_path=${path}`,
    "model.params.loss_config.params.perceptual_weight=1",
    "data.params.validation=null",
  ]);
  const start = { config, logdir: folder, name: "run", allowMissing: true };
  const { dir, checkpoint } = await train({ ...start, maxSteps: 1 });
  rmSync(path);
  const resumed = await train({ config, logdir: "unused", resume: dir, maxSteps: 2 });

  // Frozen: after two steps it has the bits that it came with, and no optimizer knows it.
  const expected = await fingerprints(weights);
  const found = await checkpointFingerprints(resumed.checkpoint!);
  for (const [name, bits] of expected) expect(found.get(name), name).toBe(bits);
  const names = [...found.keys()].filter((name) => name.includes("perceptual"));
  expect(names.sort()).toEqual([...expected.keys()].sort());
  expect(checkpoint).toBe(resumed.checkpoint);

  const log = readLog(dir);
  expect(log.map(({ step }) => step)).toEqual([1, 2]);
  for (const line of log) {
    const distance = line["train/p_loss"]!;
    // Random heads weigh some features negatively.
    expect(Math.abs(distance)).toBeGreaterThan(1e-4);
    expect(line["train/rec_loss"]! - distance).toBeGreaterThan(0);
  }
});
