import type { Clip } from "@vidtok/data";
import { expect, test } from "vitest";
import { joinInTime, lastFrames } from "../../src/reconstruct/clips.ts";
import { reconstructClips } from "../../src/reconstruct/reconstructClips.ts";
import type { Reconstruction, Reconstructor } from "../../src/reconstruct/reconstructClips.ts";

/** One pixel a frame; the three channels hold the value and the value plus 0.1 and 0.2. */
function clip(...values: number[]): Clip {
  const data = [0, 0.1, 0.2].flatMap((shift) => values.map((value) => value + shift));
  return { data: Float32Array.from(data), shape: [3, values.length, 1, 1] };
}

const first = (each: Clip): number[] =>
  Array.from(each.data.subarray(0, each.shape[1]), (x) => Math.round(x * 1000) / 1000);

async function* each(...clips: Clip[]): AsyncGenerator<Clip> {
  for (const one of clips) yield await Promise.resolve(one);
}

/** Halves values and drops the frames a causal tokenizer drops; `seen` is what came in. */
function halving(isCausal: boolean, seen: number[][] = []): Reconstructor {
  return {
    isCausal,
    timeDownsampleFactor: 4,
    forward(input) {
      seen.push(first(input));
      const frames = input.shape[1];
      const halved = { data: input.data.map((x) => x / 2), shape: input.shape };
      const isCut = isCausal && frames % 4 === 0;
      return Promise.resolve(isCut ? lastFrames(halved, frames - 3) : halved);
    },
  };
}

async function run(model: Reconstructor, padGenFrames: boolean, ...clips: Clip[]) {
  const found: Reconstruction[] = [];
  for await (const one of reconstructClips(model, each(...clips), padGenFrames)) found.push(one);
  return found;
}

test("each clip goes through the tokenizer alone", async () => {
  const seen: number[][] = [];
  const found = await run(halving(true, seen), false, clip(0.2, 0.4, 0.6, 0.4, 0.2), clip(0.6));
  expect(seen).toEqual([[0.2, 0.4, 0.6, 0.4, 0.2], [0.6]]);
  expect(found.map(({ output }) => first(output))).toEqual([[0.1, 0.2, 0.3, 0.2, 0.1], [0.3]]);
  expect(found.map(({ input }) => first(input))).toEqual(seen);
});

test("with pad_gen_frames each clip but the first follows the last frames that were generated", async () => {
  const seen: number[][] = [];
  const one = clip(0.2, 0.4, 0.6, 0.4, 0.2);
  const found = await run(halving(true, seen), true, one, one, one);
  expect(seen[0]).toEqual([0.2, 0.4, 0.6, 0.4, 0.2]);
  expect(seen[1]).toEqual([0.3, 0.2, 0.1, 0.2, 0.4, 0.6, 0.4, 0.2]);
  expect(seen[2]).toEqual(seen[1]);
  for (const { output } of found) expect(first(output)).toEqual([0.1, 0.2, 0.3, 0.2, 0.1]);
});

test("pad_gen_frames changes nothing for a tokenizer that is not causal", async () => {
  const seen: number[][] = [];
  await run(halving(false, seen), true, clip(0.2, 0.4), clip(0.6, 0.8));
  expect(seen).toEqual([
    [0.2, 0.4],
    [0.6, 0.8],
  ]);
});

test("values are clamped to [-1, 1]", async () => {
  const model = { ...halving(false), forward: (input: Clip) => Promise.resolve(input) };
  const [found] = await run(model, false, clip(-3, 0.5, 3));
  expect(first(found!.output)).toEqual([-1, 0.5, 1]);
  expect(first(found!.input)).toEqual([-1, 0.5, 1]);
});

test("a tokenizer that loses frames is an error", async () => {
  const model = {
    ...halving(true),
    forward: (input: Clip) => Promise.resolve(lastFrames(input, 1)),
  };
  await expect(run(model, false, clip(0, 0))).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: reconstruct: 2 frames went in and 1 came out; the time stride is 4]`,
  );
});

test("joining and cutting keep channels apart", () => {
  const joined = joinInTime(clip(0.1, 0.2), clip(0.3));
  expect(joined).toEqual(clip(0.1, 0.2, 0.3));
  expect(lastFrames(joined, 2)).toEqual(clip(0.2, 0.3));
});
