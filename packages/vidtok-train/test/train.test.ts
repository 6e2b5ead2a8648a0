import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import "@vidtok/backend-native";
import { loadConfig } from "@vidtok/model";
import { openCheckpoint, writeSafetensors } from "@vidtok/nn";
import { useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { train } from "../src/train.ts";
import type { TrainResult } from "../src/train.ts";
import type { TrainOptions } from "../src/trainOptions.ts";
import { TrainError } from "../src/trainError.ts";
import type { TrainEvent } from "../src/trainEvent.ts";
import { newFolder, readLog, tinyConfig, videoFolder } from "./tinyRun.ts";

let videos: string;

beforeAll(async () => {
  videos = await videoFolder(4);
  await useBackend("auto");
});

function run(
  overrides: readonly string[],
  options: Omit<TrainOptions, "config" | "logdir">,
  regularizer: "fsq" | "kl" = "fsq",
): Promise<TrainResult> {
  const config = tinyConfig(videos, overrides, regularizer);
  return train({ config, logdir: newFolder(), ...options });
}

async function tensorsOf(path: string): Promise<Map<string, number[]>> {
  const checkpoint = await openCheckpoint(path);
  const values = new Map<string, number[]>();
  for (const [name, tensor] of checkpoint.entries) values.set(name, [...(await tensor.read())]);
  await checkpoint.close();
  return values;
}

const twoAtATime = "data.params.batch_size=2";

// KL draws noise; the third step is in the middle of the second epoch.
test.each(["fsq", "kl"] as const)(
  "six steps give the same bits as three, a resume and three more: %s",
  async (regularizer) => {
    const overrides = [twoAtATime, "lightning.trainer.val_check_interval=2"];
    const whole = await run(overrides, { maxSteps: 6, seed: 7 }, regularizer);
    const half = await run(overrides, { maxSteps: 3, seed: 7 }, regularizer);
    const config = loadConfig(join(half.dir, "configs", "project.yaml"));
    const resumed = await train({ config, logdir: "unused", resume: half.dir, maxSteps: 6 });
    expect(resumed.dir).toBe(half.dir);
    expect([resumed.step, resumed.epoch]).toEqual([6, 2]);
    expect(await tensorsOf(resumed.checkpoint)).toEqual(await tensorsOf(whole.checkpoint));
    expect(readLog(resumed.dir)).toEqual(readLog(whole.dir));
  },
);

test("an abort ends the run after its step with a checkpoint, from which it goes on to the bit", async () => {
  const whole = await run([], { maxSteps: 4 });
  const stop = new AbortController();
  const cut = await run([], {
    maxSteps: 4,
    signal: stop.signal,
    onProgress: (event) => event.kind === "step" && event.step === 2 && stop.abort(),
  });
  expect(cut).toMatchObject({ step: 2, isInterrupted: true });
  expect(whole.isInterrupted).toBe(false);
  const config = tinyConfig(videos);
  const resumed = await train({ config, logdir: "unused", resume: cut.checkpoint, maxSteps: 4 });
  expect(resumed.isInterrupted).toBe(false);
  expect(await tensorsOf(resumed.checkpoint)).toEqual(await tensorsOf(whole.checkpoint));
});

test("an abort before the first step leaves the first weights", async () => {
  const { step, checkpoint } = await run([], { maxSteps: 4, signal: AbortSignal.abort() });
  expect(step).toBe(0);
  expect((await tensorsOf(checkpoint)).has("encoder.conv_in.conv.weight")).toBe(true);
});

test("numbers that are not finite stop the run and keep the weights before them", async () => {
  const dir = newFolder();
  const config = tinyConfig(videos, ["model.base_learning_rate=1e30"]);
  const act = train({ config, logdir: dir, name: "wild", maxSteps: 9 });
  await expect(act).rejects.toThrow(TrainError);
  await expect(act).rejects.toThrow(
    /^train: step 2: \w+ became (NaN|-?Infinity) on .*wave\d.mp4: not finite first in [\w.]+; a lower model.base_learning_rate .*last.safetensors$/,
  );
  const saved = await tensorsOf(join(dir, "wild", "checkpoints", "last.safetensors"));
  for (const values of saved.values()) expect(values.every(Number.isFinite)).toBe(true);
});

test("training lowers the loss", async () => {
  const { dir } = await run(["model.base_learning_rate=3e-3"], { maxSteps: 40 });
  const losses = readLog(dir).map((line) => line["train/rec_loss"]!);
  const mean = (part: readonly number[]): number => part.reduce((a, b) => a + b) / part.length;
  expect(mean(losses.slice(-8))).toBeLessThan(0.8 * mean(losses.slice(0, 8)));
});

test("every scalar is logged, validation changes nothing but the log", async () => {
  const validating = await run(["lightning.trainer.val_check_interval=1"], { maxSteps: 2 }, "kl");
  const silent = await run([], { maxSteps: 2 }, "kl");
  const [first, second] = readLog(validating.dir);
  expect(Object.keys(first!)).toEqual([
    "step",
    ...[
      ...["total_loss", "nll_loss", "rec_loss", "kl_loss", "psnr", "aeloss"],
      ...["grad_norm_ae", "logvar"],
    ].map((name) => `train/${name}`),
    "lr_abs",
  ]);
  expect(Object.keys(second!)).toEqual([
    "step",
    ...["total_loss", "nll_loss", "rec_loss", "kl_loss", "logvar", "psnr"].map(
      (name) => `val/${name}`,
    ),
  ]);
  const trained = readLog(validating.dir).filter((line) => "train/psnr" in line);
  expect(trained).toEqual(readLog(silent.dir));
  expect(validating.scalars["val/psnr"]).toBe(readLog(validating.dir).at(-1)!["val/psnr"]);
});

test("checkpoints appear as often as the config says, named by the steps of both optimizers", async () => {
  const events: TrainEvent[] = [];
  const overrides = [
    "lightning.modelcheckpoint.params.every_n_train_steps=4",
    "lightning.modelcheckpoint.params.save_top_k=-1",
    twoAtATime,
  ];
  const { dir } = await run(overrides, { maxSteps: 5, onProgress: (event) => events.push(event) });
  expect(readdirSync(join(dir, "checkpoints")).sort()).toEqual([
    "epoch=0000-step=00000004.safetensors",
    "epoch=0001-step=00000008.safetensors",
    "last.safetensors",
  ]);
  const saved = events.flatMap((event) => (event.kind === "checkpoint" ? [event.step] : []));
  expect(saved).toEqual([2, 4, 5]);
});

test("the names of the weights in a checkpoint are the reference's", async () => {
  const { checkpoint } = await run([], { maxSteps: 1 });
  const file = await openCheckpoint(checkpoint);
  await file.close();
  const names = [...file.entries.keys()];
  expect(names).toContain("decoder.conv_out.conv.weight");
  expect(names).toContain("loss.logvar");
  expect(names).toContain("optimizer_states.0.loss.logvar.exp_avg_sq");
  expect(file.metadata.get("global_step")).toBe("2");
});

test("max_epochs ends a run", async () => {
  const { step, epoch } = await run(["lightning.trainer.max_epochs=2", twoAtATime], {});
  expect([step, epoch]).toEqual([4, 1]);
});

test("a run starts from ckpt_path, the loss included, and tells what is missing there", async () => {
  const before = await run([], { maxSteps: 1 });
  const all = await tensorsOf(before.checkpoint);
  const path = join(newFolder(), "part.safetensors");
  const file = await openCheckpoint(before.checkpoint);
  const part = [...file.entries].filter(([name]) => name !== "encoder.conv_in.conv.bias");
  await writeSafetensors(
    path,
    part.map(([name, { shape, read }]) => [name, { dtype: "f32", shape, data: read }] as const),
  );
  await file.close().catch(() => undefined);
  const notices: string[] = [];
  const start = [`model.params.ckpt_path=${path}`];
  await expect(run(start, { maxSteps: 0 })).rejects.toThrow(
    "and lacks 1 (encoder.conv_in.conv.bias); --allow_missing (allowMissing in code) starts",
  );
  const after = await run(start, {
    maxSteps: 0,
    seed: 99,
    allowMissing: true,
    onProgress: (event) => event.kind === "notice" && notices.push(event.text),
  });
  expect(notices).toEqual([
    `1 weights are not in ${path} and start random: encoder.conv_in.conv.bias`,
  ]);
  expect([before.weights.loaded, after.weights.random]).toEqual([0, 1]);
  expect(after.weights.loaded).toBe(before.weights.random - 1);
  const loaded = await tensorsOf(after.checkpoint);
  expect(loaded.get("loss.logvar")).toEqual(all.get("loss.logvar"));
  expect(loaded.get("encoder.conv_in.conv.weight")).toEqual(all.get("encoder.conv_in.conv.weight"));
  expect(loaded.get("encoder.conv_in.conv.bias")).not.toEqual(all.get("encoder.conv_in.conv.bias"));
});

test("frozen halves keep their bits", async () => {
  const frozen = ["model.params.encoder_config.params.fix_encoder=true"];
  const start = await tensorsOf((await run(frozen, { maxSteps: 0 })).checkpoint);
  const end = await tensorsOf((await run(frozen, { maxSteps: 2 })).checkpoint);
  const same = [...start].filter(([name, values]) => values.join() === end.get(name)!.join());
  expect(same.map(([name]) => name)).toEqual(
    [...start.keys()].filter((name) => name.startsWith("encoder.")),
  );
});

test("a folder that holds a run is not written over", async () => {
  const { dir } = await run([], { maxSteps: 0, name: "mine" });
  const again = train({ config: tinyConfig(videos), logdir: join(dir, ".."), name: "mine" });
  await expect(again).rejects.toThrow(
    `train: ${dir} already holds a run; go on with --resume ${dir}, or choose another name`,
  );
});

test("nothing is written when training cannot start", async () => {
  const logdir = join(newFolder(), "runs");
  const config = tinyConfig(join(logdir, "nowhere"));
  await expect(train({ config, logdir })).rejects.toThrow(/nowhere cannot be listed/);
  const blind = tinyConfig(videos, ["model.params.loss_config.params.perceptual_weight=1"]);
  await expect(train({ config: blind, logdir })).rejects.toThrow(
    /the perceptual loss needs its weights: .*vidtok download lpips.*perceptual_weight=0 trains without it/,
  );
  // The weights of LPIPS might have been in it, but that is not what is wrong.
  const lost = loadConfig(blind, ["model.params.ckpt_path=gone.ckpt"]);
  await expect(train({ config: lost, logdir })).rejects.toThrow(
    "train: model.params.ckpt_path is gone.ckpt, which does not exist",
  );
  expect(existsSync(logdir)).toBe(false);
});
