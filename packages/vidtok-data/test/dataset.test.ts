import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VidTokDataset } from "../src/dataset.ts";
import { readFrames } from "../src/frames.ts";
import { clipLoader } from "../src/loader.ts";
import { sampleFrames } from "../src/sampling.ts";
import { resizeCropNormalize } from "../src/fit.ts";
import { VideoError } from "../src/videoError.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

const video_params = { input_height: 16, input_width: 16, sample_num_frames: 5, sample_fps: 15 };
const half = (): number => 0.5;

/** A folder with two videos and a csv file of the given lines. */
function folderWith(...lines: string[]) {
  const data_dir = temporaryFolder();
  mkdirSync(join(data_dir, "sub"));
  make(join(data_dir, "b.mp4"), `${picture(40)} ${h264}`);
  make(join(data_dir, "sub", "a.mp4"), `${picture(3)} ${h264}`);
  const meta_path = join(data_dir, "meta.csv");
  writeFileSync(meta_path, Buffer.from(["videos,caption", ...lines].join("\n"), "latin1"));
  return { data_dir, meta_path, video_params };
}

test("a clip is sampled, resized and normalised", async () => {
  const params = folderWith("b.mp4,x");
  const dataset = new VidTokDataset(params);
  expect(dataset.length).toBe(1);
  const item = await dataset.item(0, half);
  const path = join(params.data_dir, "b.mp4");
  const indices = sampleFrames(40, 30, 5, 15, null, half);
  expect(indices[0]).toBe(15);
  const expected = resizeCropNormalize(await readFrames(path, indices), 16, 16);
  expect(item).toEqual({ jpg: expected.data, shape: [3, 5, 16, 16], path });
  expect(await dataset.item(0, half)).toEqual(item);
});

test("a short video is filled up with its last frame", async () => {
  const params = folderWith("sub/a.mp4,x");
  const { jpg } = await new VidTokDataset({ ...params, start_index: 0 }).item(0, half);
  const frames = await readFrames(join(params.data_dir, "sub", "a.mp4"), [0, 1, 2, 2, 2]);
  expect(jpg).toEqual(resizeCropNormalize(frames, 16, 16).data);
});

test("without a list all videos below the folder are used, sorted", () => {
  const { data_dir } = folderWith();
  cpSync(join(data_dir, "b.mp4"), join(data_dir, "c.MOV"));
  const dataset = new VidTokDataset({ data_dir, video_params });
  expect(dataset.paths).toEqual(["b.mp4", "c.MOV", "sub/a.mp4"].map((p) => join(data_dir, p)));
});

test("the list is read as ISO-8859-1, absolute paths stay, bad lines are reported", async () => {
  const params = folderWith("caf\u00e9.mp4,x", "too,many,fields", "b.mp4,", "/x/y.mp4,z");
  cpSync(join(params.data_dir, "b.mp4"), join(params.data_dir, "caf\u00e9.mp4"));
  const dataset = new VidTokDataset(params);
  expect(dataset.paths).toEqual([join(params.data_dir, "caf\u00e9.mp4"), "/x/y.mp4"]);
  expect(dataset.problems).toEqual([
    `${params.meta_path}: line 3 has 3 fields but the header has 2; skipped`,
    `${params.meta_path}: line 4 has an empty field; skipped`,
  ]);
  expect((await dataset.item(0, half)).path).toBe(dataset.paths[0]);
});

test("a share of the data is the same one each time", () => {
  const lines = Array.from({ length: 20 }, (_, i) => `${i}.mp4,x`);
  const params = { ...folderWith(...lines), data_frac: 0.25 };
  const dataset = new VidTokDataset(params);
  expect(new Set(dataset.paths).size).toBe(5);
  expect(new VidTokDataset(params).paths).toEqual(dataset.paths);
});

test.each([0, -0.5, 1.5, NaN])("a share of %d is an error", (data_frac) => {
  expect(() => new VidTokDataset({ ...folderWith("b.mp4,x"), data_frac })).toThrow(
    `dataset: data_frac ${data_frac} is not above 0 and at most 1`,
  );
});

test("a share that leaves no video is an error", () => {
  const params = folderWith("b.mp4,x", "sub/a.mp4,x");
  expect(() => new VidTokDataset({ ...params, data_frac: 0.1 })).toThrow(
    `dataset: data_frac 0.1 of the 2 videos in ${params.meta_path} is none; use a larger one`,
  );
});

test("a missing file is replaced by another one, once per try", async () => {
  const params = folderWith("gone.mp4,x", "gone too.mp4,x", "b.mp4,x");
  const dataset = new VidTokDataset(params);
  const item = await dataset.item(0, () => 0);
  expect(item.path).toBe(join(params.data_dir, "b.mp4"));
  expect(dataset.problems.map((p) => p.replace(params.data_dir, "DIR"))).toEqual([
    "video: DIR/gone.mp4 does not exist; another one takes its place",
    "video: DIR/gone too.mp4 does not exist; another one takes its place",
  ]);
});

test("what replaces a missing file does not depend on what was read before", async () => {
  const params = folderWith("gone.mp4,x", "b.mp4,x", "sub/a.mp4,x", "gone too.mp4,x");
  const draw = (): (() => number) => {
    const draws = [0.99, 0.4];
    return () => draws.shift() ?? 0.5;
  };
  const fresh = await new VidTokDataset(params).item(0, draw());
  const used = new VidTokDataset(params);
  await used.item(3, half);
  expect(await used.item(0, draw())).toEqual(fresh);
});

test("missing files are an error when none is left, and when they are not to be skipped", async () => {
  const params = folderWith("gone.mp4,x", "gone too.mp4,x");
  await expect(new VidTokDataset(params).item(0, half)).rejects.toThrow(
    `dataset: none of the 2 videos exist below ${params.data_dir}`,
  );
  const unforgiving = new VidTokDataset({ ...params, skip_missing_files: false });
  await expect(unforgiving.item(1, half)).rejects.toThrow(
    `video: ${join(params.data_dir, "gone too.mp4")} does not exist`,
  );
});

test("an unreadable video gives a black clip, or an error when loading is strict", async () => {
  const params = folderWith("b.mp4,x");
  const path = join(params.data_dir, "b.mp4");
  rmSync(path);
  writeFileSync(path, "not a video");
  const dataset = new VidTokDataset(params);
  for (let attempt = 0; attempt < 2; attempt++) {
    const { jpg, shape } = await dataset.item(0, half);
    expect(shape).toEqual([3, 5, 16, 16]);
    expect(jpg.length).toBe(3 * 5 * 16 * 16);
    expect(jpg.every((v) => v === -1)).toBe(true);
  }
  expect(dataset.problems.length).toBe(1);
  expect(dataset.problems[0]).toContain(`${path} is not a`);

  const strict = new VidTokDataset({ ...params, is_strict_loading: true });
  await expect(strict.item(0, half)).rejects.toThrow(VideoError);
});

test("a dataset of which no video can be read is an error before the first batch", async () => {
  const dir = temporaryFolder();
  for (const name of ["a.mp4", "b.mp4", "c.mp4", "d.mp4"])
    writeFileSync(join(dir, name), "no video");
  const dataset = new VidTokDataset({ data_dir: dir, video_params });
  const error = await clipLoader(dataset, { batchSize: 1 })
    .next()
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(VideoError);
  const { message, detail } = error as VideoError;
  expect(message).toMatch(/^dataset: none of the 4 videos of .* can be read: video: .*; …$/);
  expect(message.match(/index \(moov atom\) is missing/g)).toHaveLength(3);
  expect(detail.split("\n")).toHaveLength(4);
});

test("one video that can be read among others is enough, and the others are counted", async () => {
  const params = folderWith("b.mp4,x", "bad.mp4,x", "worse.mp4,x");
  for (const name of ["bad.mp4", "worse.mp4"])
    writeFileSync(join(params.data_dir, name), "no video");
  const dataset = new VidTokDataset(params);
  const batches = [];
  for await (const batch of clipLoader(dataset, { batchSize: 1 })) batches.push(batch);
  expect(batches).toHaveLength(3);
  expect(dataset.unusable).toBe(2);
  await expect(dataset.checkReadable(AbortSignal.abort())).resolves.toBeUndefined();
});

test("an aborted check of a dataset rejects with the reason, and the next one checks again", async () => {
  const dataset = new VidTokDataset(folderWith("b.mp4,x"));
  await expect(dataset.checkReadable(AbortSignal.abort(new Error("enough")))).rejects.toThrow(
    "enough",
  );
  await expect(dataset.checkReadable()).resolves.toBeUndefined();
});

test("an aborted read is no black clip", async () => {
  const dataset = new VidTokDataset(folderWith("b.mp4,x"));
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(dataset.item(0, half, signal)).rejects.toThrow("enough");
  expect(dataset.problems).toEqual([]);
});

test("lists and folders without videos are errors", () => {
  const params = folderWith();
  const empty = temporaryFolder();
  const noColumn = join(empty, "meta.csv");
  writeFileSync(noColumn, "path,caption\na.mp4,x\n");
  const message = (over: object): string => {
    try {
      return String(new VidTokDataset({ ...params, ...over }).length);
    } catch (error) {
      expect(error).toBeInstanceOf(VideoError);
      return (error as Error).message.replaceAll(params.data_dir, "DIR").replaceAll(empty, "EMPTY");
    }
  };
  expect([
    message({}),
    message({ meta_path: noColumn }),
    message({ meta_path: join(empty, "none.csv") }),
    message({ meta_path: null, data_dir: empty }),
    message({ meta_path: null, data_dir: join(empty, "none") }),
  ]).toMatchInlineSnapshot(`
    [
      "dataset: no videos in DIR/meta.csv",
      "dataset: EMPTY/meta.csv has no column "videos" (columns: path, caption)",
      "dataset: EMPTY/none.csv cannot be read (ENOENT)",
      "dataset: no videos in EMPTY",
      "dataset: EMPTY/none cannot be listed (ENOENT)",
    ]
  `);
});
