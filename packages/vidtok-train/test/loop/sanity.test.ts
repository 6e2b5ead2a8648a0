import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import "@vidtok/backend-native";
import { useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { sanityCheck } from "../../src/loop/validateAndLog.ts";
import { train } from "../../src/train.ts";
import type { TrainEvent } from "../../src/trainEvent.ts";
import { clipSource, tinySession } from "../tinySession.ts";
import { newFolder, tinyConfig, videoFolder } from "../tinyRun.ts";

beforeAll(() => useBackend("auto"));

const batches = (count: number): string => `lightning.trainer.num_sanity_val_steps=${count}`;

test("as many validation batches are tried as the config says", async () => {
  const outcome = async (count: number): Promise<string> => {
    const validation = clipSource("val", 4, 2);
    const { session, start, logged } = await tinySession([batches(count)], { validation });
    const ended = await sanityCheck(session, start).then(
      () => "fine",
      (error: unknown) => (error as Error).message,
    );
    expect(logged.scalars).toEqual([]);
    return ended;
  };
  expect(await outcome(0)).toBe("fine");
  expect(await outcome(2)).toBe("fine");
  expect(await outcome(3)).toBe("val2.mp4 is broken");
  expect(await outcome(-1)).toBe("val2.mp4 is broken");
});

test("a sanity check leaves the random numbers where they were", async () => {
  const { session, start } = await tinySession([]);
  await sanityCheck(session, start);
  expect(session.learner.model.random.state).toEqual(start.noise);
});

test("a monitor that no validation measures is an error before training", async () => {
  const act = async (monitor: string, ...overrides: readonly string[]): Promise<void> => {
    const { session, start } = await tinySession([`model.params.monitor=${monitor}`, ...overrides]);
    await sanityCheck(session, start);
  };
  await expect(act("val/lpips")).rejects.toThrow(
    "config: model.params.monitor is val/lpips, which is not measured; there are val/total_loss, ",
  );
  await expect(act("val_ema/rec_loss")).rejects.toThrow("val_ema/rec_loss, which is not measured");
  await expect(act("val_ema/rec_loss", "model.params.ema_decay=0.5")).resolves.toBeUndefined();
  await expect(act("val/rec_loss")).resolves.toBeUndefined();
});

test("a validation video that cannot be read fails before the first step", async () => {
  const videos = newFolder();
  writeFileSync(join(videos, "broken.mp4"), "no video");
  const config = tinyConfig(await videoFolder(1), [
    `data.params.validation.params.data_dir=${videos}`,
    "data.params.validation.params.is_strict_loading=true",
  ]);
  const events: TrainEvent[] = [];
  const logdir = newFolder();
  const onProgress = (event: TrainEvent): void => void events.push(event);
  const act = train({ config, logdir, name: "run", maxSteps: 2, onProgress });
  await expect(act).rejects.toThrow(/broken\.mp4/);
  expect(events.some(({ kind }) => kind === "step" || kind === "checkpoint")).toBe(false);
  expect(existsSync(join(logdir, "run", "checkpoints", "last.safetensors"))).toBe(false);
});
