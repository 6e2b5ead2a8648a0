import type { Clip } from "@vidtok/data";
import { expect, test } from "vitest";
import { comparedClips } from "../../src/evaluate/comparedClips.ts";
import type { ReconstructedClip } from "../../src/evaluate/comparedClips.ts";
import { PickedFrames } from "../../src/evaluate/pickedFrames.ts";
import type { Reconstruction } from "../../src/reconstruct/reconstructClips.ts";

/** Frames of one pixel whose red is their number over 255, and a reconstruction that is 254 minus that. */
function pair(numbers: readonly number[]): Reconstruction {
  const clip = (red: (n: number) => number): Clip => ({
    data: Float32Array.from({ length: 3 * numbers.length }, (_, i) =>
      i < numbers.length ? (2 * (red(numbers[i]!) + 0.25)) / 255 - 1 : -1,
    ),
    shape: [3, numbers.length, 1, 1],
  });
  return { input: clip((n) => n), output: clip((n) => 254 - n) };
}

/** The clips of a model that takes `length` frames at a time of a video of `frames`. */
async function* cutBy(length: number, frames: number): AsyncGenerator<Reconstruction> {
  for (let first = 0; first < frames; first += length) {
    yield pair(Array.from({ length }, (_, i) => Math.min(first + i, frames - 1)));
  }
}

function reds({ data, shape }: Clip): readonly number[] {
  return [...data.subarray(0, shape[1])].map((x) => Math.round(((x + 1) / 2) * 255));
}

async function all(clips: AsyncIterable<ReconstructedClip>): Promise<readonly ReconstructedClip[]> {
  const found: ReconstructedClip[] = [];
  for await (const clip of clips) found.push(clip);
  return found;
}

test.each([
  [17, 40, [16, 16, 8], [11]],
  [17, 34, [16, 16, 2], []],
  [5, 23, [16, 7], [2]],
  [33, 33, [16, 16, 1], []],
  [33, 1, [1], [16, 16]],
  [16, 16, [16], []],
])("clips of %i frames of a video of %i become groups of 16", async (length, frames, own, more) => {
  const found = await all(comparedClips(cutBy(length, frames), frames));
  expect(found.map((clip) => clip.length)).toEqual([...own, ...more]);
  expect(found.map(({ isRepeat }) => isRepeat)).toEqual([
    ...own.map(() => false),
    ...more.map(() => true),
  ]);
  const numbers = [...Array(frames).keys()];
  const repeats = more.flatMap((count) => Array.from({ length: count }, () => frames - 1));
  expect(found.flatMap(({ real }) => reds(real))).toEqual([...numbers, ...repeats]);
  expect(found.flatMap(({ fake }) => reds(fake))).toEqual(
    [...numbers, ...repeats].map((n) => 254 - n),
  );
});

test.each([
  [40, [0, 8, 16, 23, 31, 39]],
  [6, [0, 1, 2, 3, 4, 5]],
  [3, [0, 1, 2]],
  [1, [0]],
])("of %i frames up to six are kept as pictures", async (frames, wanted) => {
  const picked = new PickedFrames(frames);
  const clips = comparedClips(cutBy(17, frames), frames);
  expect(await all(picked.of(clips))).toHaveLength(
    (await all(comparedClips(cutBy(17, frames), frames))).length,
  );
  expect(picked.real.map(({ data }) => [...data])).toEqual(wanted.map((n) => [n, 0, 0]));
  expect(picked.fake.map(({ data }) => data[0])).toEqual(wanted.map((n) => 254 - n));
});
