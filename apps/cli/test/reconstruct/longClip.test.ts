import { expect, test } from "vitest";
import { longClip, longTiling } from "../../src/reconstruct/longClip.ts";

const ids = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 * i);

test.each([
  [16, 0],
  [17, 17],
  [32, 17],
  [33, 33],
  [100, 97],
])("of %i frames a long clip in chunks of 16 has %i", (frames, taken) => {
  expect(longClip(ids(frames), 16)).toEqual(ids(taken));
});

test("a chunk of latents stands for a chunk of frames", () => {
  expect(longTiling(17, 4)).toEqual({ t_chunk_enc: 16, t_chunk_dec: 4, use_overlap: true });
});
