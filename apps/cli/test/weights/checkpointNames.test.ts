import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckpoint } from "@vidtok/nn";
import { expect, test } from "vitest";
import { main } from "../../src/main.ts";
import { fakeIo } from "../fakeIo.ts";
import { request } from "../train/request.ts";
import { temporaryFolder, testVideo } from "../videos.ts";
import { renamed } from "./renamed.ts";
import type { Rename } from "./renamed.ts";

const bias = "encoder.conv_in.conv.bias";

async function run(command: string, ...args: string[]) {
  const io = fakeIo();
  const code = await main([command, ...args], io);
  return { code, out: io.out(), err: io.err() };
}

/** Reconstructs a clip with a checkpoint whose names are changed. */
async function reconstruct(file: string, rename: Rename, ...more: string[]) {
  const folder = temporaryFolder();
  const { config, ckpt, weights } = await renamed(folder, file, rename);
  const output = join(folder, "out.mp4");
  const { code, out, err } = await run(
    "reconstruct",
    ...["--input_video_path", testVideo(folder, 5), "--output", output, "--json"],
    ...["--config", config, "--ckpt", ckpt, "--chunk_size", "4"],
    ...["--input_height", "16", "--input_width", "16", ...more],
  );
  const result = code === 0 ? (JSON.parse(out) as Record<string, unknown>) : {};
  return { code, result, err: err.replaceAll(folder, "FOLDER"), ckpt, weights, output };
}

const compiled: Rename = (name) => name.replace("coder.", "coder._orig_mod.");

test("a wrapper's names give the weights and the picture of the plain ones, and are said", async () => {
  const plain = await reconstruct("plain.ckpt", (name) => name);
  const { weights } = plain;
  expect(plain.err).not.toContain("weights");
  expect(plain.result["weights"]).toEqual({ checkpoint: plain.ckpt, loaded: weights, random: 0 });
  const cases: readonly [string, Rename, string][] = [
    ["a.ckpt", (name) => `module.${name}`, 'without "module" in their names'],
    ["b.ckpt", compiled, 'without "_orig_mod" in their names'],
    ["c.safetensors", (name) => `model.${name}`, 'under "model"'],
  ];
  for (const [file, rename, said] of cases) {
    const { code, result, err, ckpt } = await reconstruct(file, rename);
    expect(code).toBe(0);
    expect(err).toContain(`vidtok: FOLDER/${file}: ${weights} of ${weights} weights, ${said}\n`);
    expect(result["psnr"]).toBe(plain.result["psnr"]);
    expect(result["weights"]).toEqual({ checkpoint: ckpt, loaded: weights, random: 0 });
  }
});

test("a checkpoint of another model ends with names of both, also with --allow_missing", async () => {
  for (const more of [[], ["--allow_missing"]]) {
    const { code, err, output } = await reconstruct("x.ckpt", (name) => `${name}_`, ...more);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^vidtok: checkpoint: FOLDER\/x\.ckpt: none of its \d+ tensors \(encoder\.conv_in\.conv\.weight_, .*, …\) is one of the model's \d+ \(encoder\.conv_in\.conv\.weight, encoder\.conv_in\.conv\.bias, .*, …\); choose a checkpoint of this model\n$/,
    );
    expect(existsSync(output)).toBe(false);
  }
});

test("a checkpoint that lacks weights needs --allow_missing, and the result counts the random ones", async () => {
  const lacking: Rename = (name) => (name === bias ? undefined : name);
  const refused = await reconstruct("part.ckpt", lacking);
  const { weights } = refused;
  expect(refused).toMatchObject({
    code: 1,
    err:
      `vidtok: checkpoint: FOLDER/part.ckpt: has ${weights - 1} of the model's ${weights} weights ` +
      `and lacks 1 (${bias}); --allow_missing (allowMissing in code) starts those from random values\n`,
  });
  const { code, result, err } = await reconstruct("part.ckpt", lacking, "--allow_missing");
  expect(code).toBe(0);
  expect(err).toContain(`vidtok: 1 weights are random, the checkpoint lacks ${bias}\n`);
  expect(result["weights"]).toMatchObject({ loaded: weights - 1, random: 1 });
});

test("evaluate follows the same rules and keeps the counts in its results", async () => {
  const folder = temporaryFolder();
  testVideo(folder, 5);
  const json = join(folder, "result.json");
  const lacking: Rename = (name) => (name === bias ? undefined : `module.${name}`);
  const { config, ckpt, weights } = await renamed(folder, "part.ckpt", lacking);
  const flags = [
    ...["--data_dir", folder, "--config", config, "--ckpt", ckpt, "--chunk_size", "4"],
    ...["--input_height", "16", "--input_width", "16", "--metrics", "psnr", "--json", json],
  ];
  const refused = await run("evaluate", ...flags);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain(`${ckpt}: has ${weights - 1} of the model's ${weights} weights`);
  expect(existsSync(json)).toBe(false);
  const { code, err } = await run("evaluate", ...flags, "--allow_missing");
  expect(code).toBe(0);
  expect(err).toContain(
    `vidtok: ${ckpt}: ${weights - 1} of ${weights} weights, without "module" in their names\n`,
  );
  expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({
    weights: { loaded: weights - 1, random: 1 },
  });
});

test("train starts from a wrapped checkpoint, and from one that lacks weights if it may", async () => {
  const folder = temporaryFolder();
  const { ckpt, weights } = await renamed(folder, "whole.ckpt", compiled);
  const given = (path: string): string[] => [
    ...request(folder),
    ...[`model.params.ckpt_path=${path}`, "-t", "no", "--json"],
  ];
  const whole = await run("train", ...given(ckpt));
  expect(whole.code).toBe(0);
  expect(whole.err).toContain('without "_orig_mod" in their names\n');
  expect(JSON.parse(whole.out)).toMatchObject({ weights: { loaded: weights, random: 0 } });

  const part = await renamed(folder, "part.ckpt", (name) => (name === bias ? undefined : name));
  const another = ["--name", "another"];
  const refused = await run("train", ...given(part.ckpt), ...another);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain(`and lacks 1 (${bias}); --allow_missing`);
  expect(existsSync(join(folder, "runs", "another"))).toBe(false);
  const started = await run("train", ...given(part.ckpt), ...another, "--allow_missing");
  expect(started.code).toBe(0);
  expect(JSON.parse(started.out)).toMatchObject({ weights: { loaded: weights - 1, random: 1 } });
});

test("convert keeps the names of a wrapped checkpoint", async () => {
  const folder = temporaryFolder();
  const { ckpt } = await renamed(folder, "a.safetensors", (name) => `ema.module.${name}`);
  const target = join(folder, "b.safetensors");
  expect((await run("convert", ckpt, target)).code).toBe(0);
  const [from, to] = [await openCheckpoint(ckpt), await openCheckpoint(target)];
  expect([...to.entries.keys()]).toEqual([...from.entries.keys()]);
  await Promise.all([from.close(), to.close()]);
});
