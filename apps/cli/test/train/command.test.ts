import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../src/main.ts";
import { fakeIo } from "../fakeIo.ts";
import type { FakeIo } from "../fakeIo.ts";
import { temporaryFolder } from "../videos.ts";
import { request } from "./request.ts";

const io = (): FakeIo => fakeIo();

async function train(world: FakeIo, ...args: string[]) {
  const code = await main(["train", ...args], world);
  return { code, out: world.out(), err: world.err() };
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
  expect(result["scalars"]).toMatchObject({ "train/psnr": expect.any(Number) as number });

  const second = await train(io(), "--resume", dir, "--max-batches", "5");
  expect(second.err).toContain("train 5/5");
  expect(second.code).toBe(0);
  expect(second.out).toMatch(/^run +.*tiny\ncheckpoint +.*\nsteps +5, epoch/);
  const steps = readFileSync(join(dir, "metrics.jsonl"), "utf8");
  expect(steps.match(/"train\/psnr"/g)).toHaveLength(5);
});

test("the same command again goes on with the last run of its name", async () => {
  const folder = temporaryFolder();
  const dir = join(folder, "runs", "tiny");
  const given = request(folder);
  expect((await train(io(), ...given, "--max_batches", "1")).err).not.toContain("going on");
  const again = await train(io(), ...given, "--max_batches", "2");
  expect(again.err).toMatch(
    `vidtok: going on with ${dir}; --checkpoint_auto_resume no starts afresh\n`,
  );
  expect(again.out).toMatch(/\nsteps +2, epoch/);
  const afresh = await train(io(), ...given, "--checkpoint_auto_resume", "no");
  expect(afresh).toMatchObject({ code: 1, out: "" });
  expect(afresh.err).toContain(`${dir} already holds a run; go on with --resume ${dir}, or choose`);
});

test("--train no validates once and prints every number", async () => {
  const folder = temporaryFolder();
  const dir = join(folder, "runs", "tiny");
  const given = request(folder);
  const { code, out, err } = await train(io(), ...given, "-t", "no");
  expect(err).toMatch(/validation at 0: loss [\d.]+ {2}psnr [\d.]+ dB\n$/);
  expect(out).toMatch(/^run +.*tiny\nsteps +0, epoch 0\nval\/total_loss +\S+\n(val\/.*\n)+backend/);
  expect(code).toBe(0);
  expect(readdirSync(join(dir, "checkpoints"))).toEqual([]);

  const world = io();
  world.interrupt();
  expect(await train(world, ...given, "--train=no")).toMatchObject({ code: 130 });
  expect(world.err()).toMatch(/vidtok: interrupted\n$/);
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
    [["-b", config], 1, "data.params.train.params"],
    [[...given, "--max_steps=0.5"], 2, '--max_steps: "0.5" is not a whole number of at least -1'],
    [[...given, "--precision", "16"], 1, "lightning.trainer.precision is 16"],
    [[...given, "--enable_tf32", "no"], 2, "--enable_tf32: means nothing here; leave it out"],
    [[...given, "--devices", "8"], 2, "--devices: means nothing here; leave it out"],
    [[...given, "--resume_from_checkpoint", "none.ckpt"], 1, "none.ckpt"],
    [["-r", folder, "--resume_from_checkpoint", "x"], 2, "--resume_from_checkpoint in a new one"],
    [["-r", folder, "--scale_lr"], 2, "a resumed run keeps its learning rate"],
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
