import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePng, probeVideo, readFrames } from "@vidtok/data";
import type { Image } from "@vidtok/data";
import { expect, test } from "vitest";
import type { ImageLoggerSettings } from "../../src/loggers/imageLoggerSettings.ts";
import { logImages } from "../../src/loggers/logImages.ts";
import type { Clips } from "../../src/loggers/logImages.ts";
import { TrainError } from "../../src/trainError.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const settings: ImageLoggerSettings = {
  every: { train: 1, val: 1 },
  maxSamples: 2,
  isDenseAtFirst: false,
  showsFirstBatch: false,
  showsUntrained: false,
  columns: 3,
  fps: 8,
};
const place = { split: "train", epoch: 1, batchIndex: 50, globalStep: 10100 } as const;

/** Clips whose frames have one value each, `value(clip, frame)`. */
function clipsOf(
  n: number,
  t: number,
  side: number,
  value: (i: number, t: number) => number,
): Clips {
  const shape = [n, 3, t, side, side];
  const plane = side * side;
  const data = Float32Array.from({ length: n * 3 * t * plane }, (_, at) =>
    value(Math.floor(at / (3 * t * plane)), Math.floor(at / plane) % t),
  );
  return { data, shape };
}

const greyAt = ({ data, width }: Image, x: number, y: number): number => data[(y * width + x) * 3]!;

test("grids hold the frames of the first clips, clamped, cut off to bytes, 2 grey pixels apart", async () => {
  const dir = temporaryFolder();
  const inputs = clipsOf(3, 2, 4, (i, t) => [-1, -0.5, 0, 2, 9, 9][i * 2 + t]!);
  const recs = clipsOf(3, 2, 4, () => -7);
  const grids = await logImages(dir, settings, place, { inputs, recs, recs_ema: inputs });
  expect([...grids.keys()]).toEqual(["train/inputs", "train/recs", "train/recs_ema"]);
  const grid = grids.get("train/inputs")!;
  expect([grid.width, grid.height]).toEqual([3 * 6 + 2, 2 * 6 + 2]);
  expect(greyAt(grid, 2, 2)).toBe(0);
  expect(greyAt(grid, 8, 2)).toBe(63);
  expect(greyAt(grid, 14, 5)).toBe(127);
  expect(greyAt(grid, 2, 8)).toBe(255);
  for (const [x, y] of [
    [0, 0],
    [6, 3],
    [19, 13],
    [9, 9],
  ] as const) {
    expect(greyAt(grid, x, y)).toBe(127);
  }
  expect(greyAt(grids.get("train/recs")!, 2, 2)).toBe(0);
});

test("grids become files that tell where in the run they are from, beside a short video", async () => {
  const dir = temporaryFolder();
  const inputs = clipsOf(1, 5, 16, (_, t) => t / 4);
  const recs = clipsOf(1, 5, 16, () => -1);
  const grids = await logImages(dir, settings, place, { inputs, recs, recs_ema: recs });
  const at = "gs-010100_e-000001_b-000050";
  const names = ["inputs", "recs", "recs_ema"].map((name) => `${name}_${at}.png`);
  expect(readdirSync(join(dir, "images/train")).sort()).toEqual(names.toSorted());
  const png = readFileSync(join(dir, "images/train", names[0]!));
  expect(png.equals(encodePng(grids.get("train/inputs")!))).toBe(true);

  expect(readdirSync(join(dir, "videos/train"))).toEqual([`inputs_recs_${at}.mp4`]);
  const video = join(dir, "videos/train", `inputs_recs_${at}.mp4`);
  expect(await probeVideo(video)).toMatchObject({ width: 32, height: 16, frames: 5, fps: 8 });
  const { data } = await readFrames(video, [4]);
  expect(data[0]).toBeGreaterThan(250);
  expect(data.at(-1)).toBeLessThan(5);
});

test("a lone frame is shown without a border, as torchvision does", async () => {
  const one = clipsOf(1, 1, 4, () => 1);
  const grids = await logImages(temporaryFolder(), settings, place, {
    inputs: one,
    recs: one,
    recs_ema: one,
  });
  expect(grids.get("train/inputs")).toMatchObject({ width: 4, height: 4 });
});

test("without averaged weights there are two grids", async () => {
  const clip = clipsOf(1, 2, 4, () => 1);
  const shown = { inputs: clip, recs: clip };
  const grids = await logImages(temporaryFolder(), settings, place, shown);
  expect([...grids.keys()]).toEqual(["train/inputs", "train/recs"]);
});

test("clips of a wrong shape are errors", async () => {
  const dir = temporaryFolder();
  const inputs = clipsOf(1, 2, 4, () => 0);
  const flat = { ...inputs, shape: [3, 2, 4, 4] };
  await expect(
    logImages(dir, settings, place, { inputs: flat, recs: inputs, recs_ema: inputs }),
  ).rejects.toThrow(
    "logImages: inputs has shape [3, 2, 4, 4] and 96 values; it has to be [n, 3, t",
  );
  const longer = clipsOf(1, 3, 4, () => 0);
  await expect(
    logImages(dir, settings, place, { inputs, recs: inputs, recs_ema: longer }),
  ).rejects.toThrow("logImages: recs_ema has shape [1, 3, 3, 4, 4] but inputs [1, 3, 2, 4, 4]");
  expect(readdirSync(dir)).toEqual([]);
});

test("a folder that cannot be written is an error with the path and the reason", async () => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, "images"), "");
  const clips = clipsOf(1, 1, 4, () => 0);
  const shown = { inputs: clips, recs: clips, recs_ema: clips };
  const error = await logImages(dir, settings, place, shown).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TrainError);
  expect((error as Error).message).toMatch(/^log: .*images\/train/);
});
