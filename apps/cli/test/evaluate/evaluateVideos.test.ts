import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FvdState, Video } from "@vidtok/metrics";
import { expect, test } from "vitest";
import { EvaluationState } from "../../src/evaluate/evaluationState.ts";
import { evaluateVideos } from "../../src/evaluate/evaluateVideos.ts";
import { lookAtVideos } from "../../src/evaluate/lookAtVideos.ts";
import type { EvaluationSettings } from "../../src/evaluate/settings.ts";
import type { Meters } from "../../src/metrics/openMeters.ts";
import type { OpenTokenizer } from "../../src/reconstruct/openTokenizer.ts";
import { spoiled } from "../spoiled.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

const signal = new AbortController().signal;
const settings = { metrics: ["fvd"] } as unknown as EvaluationSettings;

/** A model that gives back what it gets, and notes its noise seeds and the lengths of clips. */
function identity() {
  const seeds: number[] = [];
  const lengths = new Set<number>();
  const model: OpenTokenizer = {
    ...{ isCausal: true, timeDownsampleFactor: 4, backend: "none", mode: "none", notes: [] },
    weights: { loaded: 0, random: 0 },
    forward(clip) {
      lengths.add(clip.shape[1]);
      return Promise.resolve(clip);
    },
    reseed: (seed) => void seeds.push(seed),
    close: () => undefined,
  };
  return { model, seeds, lengths };
}

/** An FVD that counts clips. */
function counting(): Meters & { readonly merged: number[] } {
  const merged: number[] = [];
  const stateOf = (count: number): FvdState => {
    const moments = { count, mean: Float64Array.of(1), comoments: Float64Array.of(2) };
    return { reals: moments, fakes: moments };
  };
  const part = () => {
    let clips = 0;
    return {
      update: async (real: Video) => void (clips += real.shape[1]! >= 10 ? 1 : 100),
      get state() {
        return stateOf(clips);
      },
    };
  };
  const total = {
    merge: ({ reals }: FvdState) => void merged.push(reals.count),
    get state() {
      return stateOf(merged.reduce((sum, count) => sum + count, 0));
    },
    compute: () => ({ value: 1, statistics: { reals: none, fakes: none }, warnings: [] }),
  };
  const none = { count: 0, mean: new Float64Array(0), covariance: new Float64Array(0) };
  const fvd = { part, total };
  return {
    perFrame: [],
    fvd,
    backend: undefined,
    notes: [],
    dispose: async () => undefined,
    merged,
  };
}

test("clips of a video that breaks off do not count for FVD, and a resumed one knows the others", async () => {
  const folder = temporaryFolder();
  const paths = ["a.mp4", "b.mp4", "c.mp4"].map((name) => join(folder, name));
  // Packets of this codec do not show that they are spoiled.
  const whole = readFileSync(testVideo(folder, 40, 30, ["-c:v", "mjpeg"]));
  writeFileSync(paths[0]!, whole);
  writeFileSync(paths[1]!, spoiled(whole, 0.95));
  writeFileSync(paths[2]!, whole);
  const look = { dataDir: folder, sampleFps: 30, signal, onVideo: () => undefined };
  const { videos, broken } = await lookAtVideos(paths, look);
  expect([videos.map(({ frames }) => frames), broken]).toEqual([[40, 40, 40], []]);

  const state = await EvaluationState.open(join(folder, "state"), settings, videos);
  const { model, seeds, lengths } = identity();
  const meters = counting();
  const told: string[] = [];
  let compared = 0;
  const options = {
    fit: { fit: "crop", height: 16, width: 16 } as const,
    ...{ sampleFps: 30, clipLength: 17, seed: 3, withSheet: true, signal },
    onFrames: (count: number) => void (compared += count),
    onBroken: ({ name }: { readonly name: string }) => void told.push(name),
  };
  const found = await evaluateVideos(videos, model, meters, state, options);
  expect(found).toMatchObject([
    { name: "b.mp4", reason: expect.stringContaining("b.mp4") as string },
  ]);
  expect(told).toEqual(["b.mp4"]);
  expect(meters.merged).toEqual([2, 2]);
  expect(state.finished).toMatchObject([
    { name: "a.mp4", frames: 51, repeated: 11, clips: 2 },
    { name: "c.mp4", frames: 51, repeated: 11, clips: 2 },
  ]);
  expect([...lengths]).toEqual([17]);
  expect(compared).toBeGreaterThan(102);
  expect([...(await state.sheet(paths[0]!)).subarray(1, 4)]).toEqual(
    [..."PNG"].map((c) => c.charCodeAt(0)),
  );

  writeFileSync(paths[1]!, whole);
  const again = await EvaluationState.open(join(folder, "state"), settings, videos);
  expect(again.fvd?.reals.count).toBe(4);
  const second = identity();
  expect(await evaluateVideos(videos, second.model, counting(), again, options)).toEqual([]);
  expect(again.finished.map(({ name }) => name)).toEqual(["a.mp4", "c.mp4", "b.mp4"]);
  expect(new Set(seeds).size).toBe(3);
  expect(second.seeds).toEqual([seeds[1]]);
});

test("what fails but a video ends the evaluation", async () => {
  const folder = temporaryFolder();
  const look = { dataDir: folder, sampleFps: 30, signal, onVideo: () => undefined };
  const { videos } = await lookAtVideos([testVideo(folder, 5)], look);
  const state = await EvaluationState.open(join(folder, "state"), settings, videos);
  const model: OpenTokenizer = {
    ...identity().model,
    forward: () => Promise.reject(new Error("conv: no memory")),
  };
  const options = {
    fit: { fit: "crop", height: 16, width: 16 } as const,
    ...{ sampleFps: 30, clipLength: 5, seed: 3, withSheet: false, signal },
    ...{ onFrames: () => undefined, onBroken: () => undefined },
  };
  await expect(evaluateVideos(videos, model, counting(), state, options)).rejects.toThrow(
    "no memory",
  );
  expect(state.finished).toEqual([]);
});
