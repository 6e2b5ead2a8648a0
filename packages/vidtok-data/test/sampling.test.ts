import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clipGroups, longClip, sampleFrames, strideFrames } from "../src/sampling.ts";
import { readSafetensors } from "./safetensors.ts";

interface Case {
  readonly args: [total: number, fps: number, n: number, sampleFps: number, start: number];
  readonly idx: number[];
}

const blocks = JSON.parse(
  readFileSync(new URL("fixtures/blocks.json", import.meta.url), "utf8"),
) as { sample_frames: Case[] };

// Below half a frame per sample the reference's interval is 0 and it repeats one frame.
const isUsable = ({ args }: Case): boolean => args[1] / args[3] > 0.5;

test.each(blocks.sample_frames.filter(isUsable))("frames sampled by $args", ({ args, idx }) => {
  expect(sampleFrames(...args)).toEqual(idx);
});

test("every recorded frame table is reproduced", () => {
  const { metadata } = readSafetensors(new URL("fixtures/data.safetensors", import.meta.url));
  const table = JSON.parse(metadata["frame_sampling"]!) as {
    total_frames: number;
    video_fps: number;
    sample_num_frames: number;
    sample_fps: number;
    start_index: number;
    frame_indices: number[];
  }[];
  expect(table.length).toBe(8);
  for (const row of table) {
    const { total_frames, video_fps, sample_num_frames, sample_fps, start_index } = row;
    expect(
      sampleFrames(total_frames, video_fps, sample_num_frames, sample_fps, start_index),
    ).toEqual(row.frame_indices);
  }
});

test("a video slower than the sampling rate gives every frame", () => {
  expect(blocks.sample_frames.filter((c) => !isUsable(c)).map((c) => c.args)).toEqual([
    [100, 3, 17, 8, 0],
  ]);
  const indices = sampleFrames(100, 3, 17, 8, 0);
  expect(indices).toEqual([...Array(16).keys(), 17]);
});

test("a random start is uniform from 0 to the last that leaves a frame", () => {
  const start = (u: number): number => sampleFrames(30, 30, 5, 15, null, () => u)[0]!;
  // range (5 - 1) * 2 + 1 = 9, so 0 … 20
  expect([start(0), start(0.5), start(1 - 1e-12)]).toEqual([0, 10, 20]);
  expect(sampleFrames(9, 30, 5, 15, undefined, () => 0.99)).toEqual([0, 2, 4, 6, 8]);
  expect(sampleFrames(10, 30, 5, 15, null, () => 0.99)).toEqual([0, 2, 4, 6, 9]);
});

test("a start beyond the video and a rate of zero are errors", () => {
  expect(() => sampleFrames(10, 30, 5, 30, 10)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: sampleFrames: start_index 10 of a video with 10 frames]`,
  );
  expect(() => sampleFrames(10, 30, 5, 0)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: sampling: sample_fps 0 is not positive]`,
  );
});

test("strides round half to even and never drop below one frame", () => {
  expect(strideFrames({ frames: 10, fps: 25 }, 10)).toEqual([0, 2, 4, 6, 8]);
  expect(strideFrames({ frames: 9, fps: 30 }, 8)).toEqual([0, 4, 8]);
  expect(strideFrames({ frames: 3, fps: 10 }, 30)).toEqual([0, 1, 2]);
});

test("groups are consecutive; a short last one is dropped or filled with its last id", () => {
  const ids = [0, 2, 4, 6, 8, 10, 12];
  expect(clipGroups(ids, 3, "drop")).toEqual([
    [0, 2, 4],
    [6, 8, 10],
  ]);
  expect(clipGroups(ids, 3, "repeat")).toEqual([
    [0, 2, 4],
    [6, 8, 10],
    [12, 12, 12],
  ]);
  expect(clipGroups(ids, 8, "drop")).toEqual([]);
  expect(clipGroups([], 3, "repeat")).toEqual([]);
});

test("a long clip is whole chunks, plus one frame for causal models", () => {
  const ids = [...Array(40).keys()];
  expect(longClip(ids, 16, "causal").length).toBe(33);
  expect(longClip(ids, 16, "noncausal").length).toBe(32);
  expect(longClip(ids.slice(0, 17), 16, "causal").length).toBe(17);
  expect(longClip(ids.slice(0, 16), 16, "causal")).toEqual([]);
  expect(longClip(ids.slice(0, 15), 16, "noncausal")).toEqual([]);
});
