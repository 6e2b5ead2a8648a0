import type { VideoInfo } from "@vidtok/data";
import { expect, test } from "vitest";
import { planClips } from "../../src/reconstruct/planClips.ts";

const causal = { isCausal: true, timeDownsampleFactor: 4 };
const noncausal = { isCausal: false, timeDownsampleFactor: 4 };
const options = { sampleFps: 30, chunkSize: undefined, framesPerBatch: undefined };
const video = (frames: number, fps = 30): VideoInfo => ({
  path: "clip.mp4",
  width: 8,
  height: 8,
  fps,
  frames,
  duration: frames / fps,
  stored: { width: 8, height: 8 },
  display: { width: 8, height: 8 },
  sampleAspectRatio: [1, 1],
  rotation: 0,
  mirrored: false,
  codec: "h264",
  transfer: "unknown",
  hasAudio: false,
  damage: undefined,
});

test("a causal tokenizer takes chunk + 1 frames, another chunk, and the rest is left out", () => {
  const { clips, fps } = planClips(video(40), causal, options);
  expect(clips.map((ids) => [ids[0], ids.at(-1)])).toEqual([
    [0, 16],
    [17, 33],
  ]);
  expect(fps).toBe(30);
  expect(planClips(video(40), noncausal, options).clips.map(({ length }) => length)).toEqual([
    16, 16,
  ]);
});

test("a lower sample rate takes every so many frames, and is played at the rate that makes", () => {
  const { clips, fps } = planClips(video(40, 29.97), causal, {
    ...options,
    sampleFps: 8,
    chunkSize: 4,
  });
  expect(clips).toEqual([
    [0, 4, 8, 12, 16],
    [20, 24, 28, 32, 36],
  ]);
  expect(fps).toBeCloseTo(29.97 / 4, 12);
});

test("num_frames_per_batch counts all frames of a clip", () => {
  const sizes = (model: typeof causal, framesPerBatch: number) =>
    planClips(video(40), model, { ...options, framesPerBatch }).clips[0]!.length;
  expect(sizes(causal, 17)).toBe(17);
  expect(sizes(causal, 1)).toBe(1);
  expect(sizes(noncausal, 8)).toBe(8);
});

test.each([
  [causal, { chunkSize: 15 }],
  [noncausal, { chunkSize: 0 }],
  [causal, { framesPerBatch: 16 }],
  [noncausal, { framesPerBatch: 17 }],
  [causal, { framesPerBatch: 0 }],
  [causal, { chunkSize: 16, framesPerBatch: 17 }],
])("clip lengths that do not fit the time stride are refused: %o %o", (model, given) => {
  expect(() =>
    planClips(video(40), model, { ...options, ...given }),
  ).toThrowErrorMatchingSnapshot();
});

test.each([
  [10, causal, 30],
  [3, causal, 30],
  [40, causal, 4],
  [10, noncausal, 30],
])("%d frames for %o at %d a second are too few", (frames, model, sampleFps) => {
  expect(() =>
    planClips(video(frames), model, { ...options, sampleFps }),
  ).toThrowErrorMatchingSnapshot();
});
