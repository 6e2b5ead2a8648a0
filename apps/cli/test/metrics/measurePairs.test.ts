import { probeVideo } from "@vidtok/data";
import type { Video } from "@vidtok/metrics";
import { expect, test } from "vitest";
import { fvdClips } from "../../src/metrics/fvdClips.ts";
import { measurePairs } from "../../src/metrics/measurePairs.ts";
import { shownCsv, shownTable } from "../../src/metrics/show.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

test("FVD's clips are groups of 16 frames, or a video of 10 to 15", () => {
  expect([9, 10, 15, 16, 31, 32].map(fvdClips)).toEqual([0, 1, 1, 1, 1, 2]);
});

test("every clip counts once for FVD, and the rest of a video not", async () => {
  const pairs = await Promise.all(
    [40, 12, 8].map(async (frames) => {
      const info = await probeVideo(testVideo(temporaryFolder(), frames));
      const videos = { real: info, fake: info };
      return { name: `${frames}.mp4`, real: info.path, fake: info.path, videos, frames };
    }),
  );
  const clips: number[] = [];
  const statistics = {
    count: 3,
    mean: new Float64Array(400),
    covariance: new Float64Array(160_000),
  };
  const moments = { count: 0, mean: new Float64Array(0), comoments: new Float64Array(0) };
  const state = { reals: moments, fakes: moments };
  let merged = 0;
  const fvd = {
    part: () => ({ update: async (real: Video) => void clips.push(real.shape[0]!), state }),
    total: {
      state,
      merge: () => void merged++,
      compute: () => ({
        value: 12.345,
        statistics: { reals: statistics, fakes: statistics },
        warnings: ["few"],
      }),
    },
  };
  let compared = 0;
  const meters = {
    perFrame: [],
    fvd,
    backend: undefined,
    notes: [],
    dispose: async () => undefined,
  };
  const done: number[] = [];
  const found = await measurePairs(pairs, meters, {
    signal: new AbortController().signal,
    onFrames: (count) => done.push((compared += count)),
  });
  expect(clips).toEqual([16, 16, 12]);
  expect(merged).toBe(3);
  expect(clips).toHaveLength(pairs.reduce((sum, { frames }) => sum + fvdClips(frames), 0));
  expect(done).toEqual([16, 32, 40, 52, 60]);
  expect(found.fvd).toEqual({ value: 12.345, clips: 3, warnings: ["few"] });
  expect(shownTable(found).split("\n").at(-2)).toBe("fvd 12.35 of 3 clips");
  expect(shownCsv(found).split("\r\n").slice(0, -1)).toEqual([
    "video,frames,fvd",
    "40.mp4,40,",
    "12.mp4,12,",
    "8.mp4,8,",
    "total,60,12.345",
  ]);
});
