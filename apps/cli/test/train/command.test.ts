import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../src/main.ts";
import { fakeIo } from "../fakeIo.ts";
import type { FakeIo } from "../fakeIo.ts";
import { smallConfig } from "../smallConfig.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

const io = (): FakeIo => fakeIo();

async function train(world: FakeIo, ...args: string[]) {
  const code = await main(["train", ...args], world);
  return { code, out: world.out(), err: world.err() };
}

/** A run of a tiny model on one video, without the parts of the loss that are not there yet. */
function request(folder: string): string[] {
  const config = smallConfig(folder, "vidtok_fsq_causal_488_4096");
  testVideo(folder, 12);
  const sets = ["train", "validation"].flatMap((set) => {
    const own = `data.params.${set}.params`;
    return [
      ...[`${own}.data_dir=${folder}`, `${own}.meta_path=null`],
      ...[`${own}.video_params.input_height=16`, `--${own}.video_params.input_width=16`],
      ...[`${own}.video_params.sample_num_frames=5`, `${own}.video_params.sample_fps=30`],
    ];
  });
  return [
    ...["-b", config, "--logdir", join(folder, "runs"), "--name", "tiny", "--no_date"],
    ...["--max_batches", "3", ...sets, "data.params.batch_size=1", "data.params.num_workers=0"],
    ...["lightning.trainer.precision=32", "lightning.trainer.val_check_interval=2"],
    ...["lightning.modelcheckpoint.params.every_n_train_steps=4"],
    ...["perceptual_weight=0", "disc_factor=0"].map((s) => `model.params.loss_config.params.${s}`),
  ];
}

test("train writes checkpoints and goes on where a run stopped", async () => {
  const folder = temporaryFolder();
  const first = await train(io(), ...request(folder), "--json");
  expect(first.err).toContain("train 3/3");
  expect(first.err).toMatch(/validation at 2: loss [\d.]+ {2}psnr [\d.]+ dB/);
  expect(first.code).toBe(0);
  const dir = join(folder, "runs", "tiny");
  const result = JSON.parse(first.out) as Record<string, unknown>;
  expect(result).toMatchObject({ dir, step: 3, isInterrupted: false });
  expect(existsSync(String(result["checkpoint"]))).toBe(true);
  expect(result["scalars"]).toMatchObject({ psnr: expect.any(Number) as number });

  const second = await train(io(), "--resume", dir, "--max-batches", "5");
  expect(second.err).toContain("train 5/5");
  expect(second.code).toBe(0);
  expect(second.out).toMatch(/^run +.*tiny\ncheckpoint +.*\nbatches +5, epoch/);
  const steps = readFileSync(join(dir, "metrics.jsonl"), "utf8");
  expect(steps.match(/"train\/psnr"/g)).toHaveLength(5);
});

test("Ctrl-C ends training with a checkpoint and says how to go on", async () => {
  const folder = temporaryFolder();
  const world = io();
  const running = train(world, ...request(folder), "--max_batches", "100000");
  while (!world.err().includes("checkpoint at 2")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  world.interrupt();
  const { code, err } = await running;
  expect(code).toBe(130);
  const dir = join(folder, "runs", "tiny");
  expect(err).toContain(`vidtok: interrupted; go on with vidtok train --resume ${dir}\n`);
  expect(readdirSync(join(dir, "checkpoints"))).toContain("last.safetensors");
});

test("what cannot be trained is said in one line, and no run is begun", async () => {
  const folder = temporaryFolder();
  const given = request(folder);
  const config = given[1]!;
  const failures: [string[], number, string][] = [
    [["-b", config], 1, "not available yet"],
    [["-b", join(folder, "none.yaml")], 1, "none.yaml is no file and no shipped config"],
    [[...given, "model.params.encoder_config.params.cH=8"], 1, "cH"],
    [[...given, "data.params.train.params.data_dir=/nowhere"], 1, "/nowhere"],
    [["--resume", join(folder, "none")], 1, "none does not exist"],
    [["--resume", folder, "--name", "x"], 2, "leave out --name or --resume"],
    [[...given, "no override"], 2, '"no override" is not a.b.c=value'],
    [[...given, "--max_batches", "0"], 2, "at least 1"],
  ];
  for (const [args, exit, message] of failures) {
    const { code, out, err } = await train(io(), ...args);
    expect({ code, out }).toEqual({ code: exit, out: "" });
    expect(err.split("\n")[0]).toContain(message);
    expect(err.startsWith("vidtok: ")).toBe(true);
  }
  expect(existsSync(join(folder, "runs"))).toBe(false);
});
