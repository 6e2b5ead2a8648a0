import { chmodSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { ffmpegPath, ffprobePath } from "../src/binaries.ts";
import type * as Data from "../src/index.ts";
import { compiledPackage } from "./compiled.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

const video_params = { input_height: 16, input_width: 16, sample_num_frames: 3, sample_fps: 15 };

async function load(compiled: string): Promise<typeof Data> {
  return (await import(pathToFileURL(join(compiled, "index.js")).href)) as typeof Data;
}

/** The package as threads can load it, its ffprobe noting each call, and a folder of videos. */
async function setUp(names: readonly string[]) {
  const folder = temporaryFolder();
  for (const name of names) make(join(folder, name), `${picture(20)} ${h264}`);
  const calls = join(folder, "calls");
  const noting = join(folder, "ffprobe.sh");
  writeFileSync(calls, "");
  writeFileSync(noting, `#!/bin/sh\necho probed >> '${calls}'\nexec '${ffprobePath()}' "$@"\n`);
  chmodSync(noting, 0o755);
  vi.stubEnv("FFMPEG_PATH", ffmpegPath());
  vi.stubEnv("FFPROBE_PATH", noting);
  onTestFinished(() => void vi.unstubAllEnvs());
  const data = await load(compiledPackage());
  const probes = (): number => readFileSync(calls, "utf8").split("\n").length - 1;
  return { folder, data, probes, params: { data_dir: folder, video_params } };
}

async function all(
  data: typeof Data,
  source: Data.VidTokDataset,
  options: Data.ClipLoaderOptions,
): Promise<Data.LoadedBatch[]> {
  const batches: Data.LoadedBatch[] = [];
  for await (const batch of data.clipLoader(source, options)) batches.push(batch);
  return batches;
}

test("threads make the same batches as the calling thread, and probe each video once", async () => {
  const { data, probes, params } = await setUp(["a.mp4", "b.mp4", "c.mp4"]);
  const order = { batchSize: 2, shuffle: true, seed: 7, epochs: 3 };
  const here = await all(data, new data.VidTokDataset(params), { ...order, workers: 0 });
  expect(here.map(({ epoch, batch }) => [epoch, batch])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
  ]);
  expect(probes()).toBe(3);
  const source = new data.VidTokDataset(params);
  expect(await all(data, source, { ...order, workers: 1 })).toEqual(here);
  expect(probes()).toBe(6);
  const resumed = { ...order, epoch: 1, skip: 1, epochs: 2, workers: 2 };
  expect(await all(data, source, resumed)).toEqual(here.slice(3));
  expect(probes()).toBe(6);
});

test("an error in a thread keeps its class, its message and what ffmpeg said", async () => {
  const { data, folder, params } = await setUp(["a.mp4"]);
  writeFileSync(join(folder, "b.mp4"), "not a video");
  const source = new data.VidTokDataset({ ...params, is_strict_loading: true });
  const loader = data.clipLoader(source, { batchSize: 1, workers: 1 });
  expect((await loader.next()).value?.paths).toEqual([join(folder, "a.mp4")]);
  const error: unknown = await loader.next().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(data.VideoError);
  expect(error).toMatchObject({
    message: `video: ${folder}/b.mp4 is not a whole mp4 file: its index (moov atom) is missing`,
    detail: expect.stringContaining("moov atom not found") as string,
  });
});

test("other errors keep their class too", async () => {
  const { data, params } = await setUp(["a.mp4"]);
  const source = new data.VidTokDataset({ ...params, start_index: 99, is_strict_loading: true });
  await expect(data.clipLoader(source, { batchSize: 1, workers: 1 }).next()).rejects.toThrow(
    new RangeError("sampleFrames: start_index 99 of a video with 20 frames"),
  );
});

test("what a thread could not use is among the dataset's problems", async () => {
  const { data, folder, params } = await setUp(["a.mp4"]);
  writeFileSync(join(folder, "b.mp4"), "not a video");
  const meta_path = join(folder, "meta.csv");
  writeFileSync(meta_path, "videos\na.mp4\nb.mp4\ngone.mp4\na.mp4,b.mp4\n");
  const source = new data.VidTokDataset({ ...params, meta_path });
  const batches = await all(data, source, { batchSize: 3, epochs: 2, workers: 1 });
  expect(batches.length).toBe(2);
  expect(batches[0]!.jpg.subarray(768 * 3, 768 * 6).every((x) => x === -1)).toBe(true);
  expect(source.problems.map((line) => line.replaceAll(folder, "DIR")).sort()).toEqual([
    "DIR/meta.csv: line 5 has 2 fields but the header has 1; skipped",
    "video: DIR/b.mp4 is not a whole mp4 file: its index (moov atom) is missing; a black clip takes its place",
    "video: DIR/gone.mp4 does not exist; another one takes its place",
  ]);
});

test("an abort ends a loader that waits for its thread", async () => {
  const { data, folder, params } = await setUp(["a.mp4"]);
  const slow = join(folder, "slow.sh");
  writeFileSync(slow, "#!/bin/sh\nexec sleep 60\n");
  chmodSync(slow, 0o755);
  vi.stubEnv("FFPROBE_PATH", slow);
  const controller = new AbortController();
  const { signal } = controller;
  const source = new data.VidTokDataset(params);
  const next = data.clipLoader(source, { batchSize: 1, workers: 1, signal }).next();
  setTimeout(() => controller.abort(new Error("enough")), 100);
  await expect(next).rejects.toThrow("enough");
  expect(source.problems).toEqual([]);
});

test("a thread that cannot start is an error, not a wait", async () => {
  const { folder, params } = await setUp(["a.mp4"]);
  const copy = join(folder, "package");
  cpSync(compiledPackage(), copy, { recursive: true });
  const data = await load(copy);
  writeFileSync(join(copy, "clipWorker.js"), "throw new Error('no memory left');");
  const source = new data.VidTokDataset(params);
  const next = data.clipLoader(source, { batchSize: 1, workers: 1 }).next();
  await expect(next).rejects.toThrow("no memory left");
  writeFileSync(join(copy, "clipWorker.js"), "process.exit(5);");
  await expect(data.clipLoader(source, { batchSize: 1 }).next()).rejects.toThrow(
    "clipLoader: the thread that reads clips ended with code 5",
  );
});
