import { readdirSync } from "node:fs";
import { join } from "node:path";
import { probeVideo, readFrames } from "@vidtok/data";
import { expect, test } from "vitest";
import type { Reconstructor } from "../../src/reconstruct/reconstructClips.ts";
import { planClips } from "../../src/reconstruct/planClips.ts";
import type { ChunkOptions } from "../../src/reconstruct/planClips.ts";
import { reconstructVideo } from "../../src/reconstruct/reconstructVideo.ts";
import type {
  ReconstructedVideo,
  ReconstructOptions,
} from "../../src/reconstruct/reconstructVideo.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

const identity: Reconstructor = {
  isCausal: true,
  timeDownsampleFactor: 4,
  forward: (clip) => Promise.resolve(clip),
};

interface Settings extends ReconstructOptions, ChunkOptions {
  readonly input: string;
}

async function run(model: Reconstructor, settings: Settings): Promise<ReconstructedVideo> {
  const info = await probeVideo(settings.input);
  return reconstructVideo(model, info, planClips(info, model, settings), settings);
}

function options(folder: string, input: string): Settings {
  return {
    input,
    output: join(folder, "out.mp4"),
    fit: { fit: "crop", height: 32, width: 32 },
    sampleFps: 30,
    chunkSize: 4,
    framesPerBatch: undefined,
    padGenFrames: false,
    concatInput: true,
    signal: new AbortController().signal,
    onClip: () => undefined,
  };
}

test("the result holds whole clips, input on the left and reconstruction on the right", async () => {
  const folder = temporaryFolder();
  const done: number[] = [];
  const given = options(folder, testVideo(folder, 13));
  const found = await run(identity, { ...given, onClip: (n) => void done.push(n) });
  expect(found).toMatchObject({ clips: 2, frames: 10, fps: 30, psnr: 80 });
  expect(found.ssim).toBeCloseTo(1, 9);
  expect(done).toEqual([0, 1, 2]);
  const info = await probeVideo(given.output);
  expect(info).toMatchObject({ width: 64, height: 32, frames: 10, fps: 30, codec: "h264" });
  const { data } = await readFrames(given.output, [3]);
  const difference = [...data.keys()].filter((i) => Math.floor(i / 96) % 2 === 0);
  const worst = Math.max(...difference.map((i) => Math.abs(data[i]! - data[i + 96]!)));
  expect(worst).toBeLessThan(40);
});

test("without concate_input the result is the reconstruction alone", async () => {
  const folder = temporaryFolder();
  const given = { ...options(folder, testVideo(folder, 5)), concatInput: false };
  const fit = { fit: "crop", height: 32, width: 48 } as const;
  await run(identity, { ...given, fit });
  expect(await probeVideo(given.output)).toMatchObject({ width: 48, height: 32, frames: 5 });
});

test("a video of one frame is one clip of chunk size 0", async () => {
  const folder = temporaryFolder();
  const given = { ...options(folder, testVideo(folder, 1)), chunkSize: 0 };
  expect(await run(identity, given)).toMatchObject({ clips: 1, frames: 1 });
});

test.each([
  [1, 1],
  [2, 1],
  [5, 1],
  [6, 2],
  [13, 3],
])("of %i frames at their own size none is left out", async (frames, clips) => {
  const folder = temporaryFolder();
  const lengths: number[] = [];
  const model: Reconstructor = {
    ...identity,
    forward(clip) {
      lengths.push(clip.shape[1]);
      return Promise.resolve(clip);
    },
  };
  const given = options(folder, testVideo(folder, frames));
  const fit = { fit: "native" } as const;
  const found = await run(model, { ...given, fit, keepsRest: true, concatInput: false });
  expect(found).toMatchObject({ clips, frames, psnr: 80 });
  expect(lengths.map((length) => length % 4)).toEqual(lengths.map(() => 1));
  const { width, height } = await probeVideo(given.input);
  expect(await probeVideo(given.output)).toMatchObject({ width, height, frames });
});

test("the shape of pixels comes back with the size of frames", async () => {
  const folder = temporaryFolder();
  const input = testVideo(folder, 5, 30, ["-c:v", "libx264", "-qp", "0", "-vf", "setsar=16/9"]);
  const given = { ...options(folder, input), keepsRest: true, concatInput: false };
  await run(identity, { ...given, fit: { fit: "native" } });
  expect((await probeVideo(given.output)).sampleAspectRatio).toEqual([16, 9]);
});

test("a video shorter than a clip is an error that says what fits, and nothing is written", async () => {
  const folder = temporaryFolder();
  const given = { ...options(folder, testVideo(folder, 10)), chunkSize: 16 };
  await expect(run(identity, given)).rejects.toThrow(
    "has 10 frames to take, needed 17 for one clip; use --chunk_size 8",
  );
  expect(readdirSync(folder)).toEqual(["moving.mp4"]);
});

test("an interrupted run leaves no file behind", async () => {
  const folder = temporaryFolder();
  const controller = new AbortController();
  const model: Reconstructor = {
    ...identity,
    forward(clip) {
      controller.abort();
      return Promise.resolve(clip);
    },
  };
  const given = { ...options(folder, testVideo(folder, 13)), signal: controller.signal };
  await expect(run(model, given)).rejects.toThrow("aborted");
  expect(readdirSync(folder)).toEqual(["moving.mp4"]);
});

test("a failing tokenizer leaves no file behind", async () => {
  const folder = temporaryFolder();
  const model: Reconstructor = {
    ...identity,
    forward: () => Promise.reject(new Error("conv: no memory")),
  };
  await expect(run(model, options(folder, testVideo(folder, 5)))).rejects.toThrow(
    "conv: no memory",
  );
  expect(readdirSync(folder)).toEqual(["moving.mp4"]);
});
