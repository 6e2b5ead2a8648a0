import { expect, test } from "vitest";
import { longTiling } from "../../src/reconstruct/longTiling.ts";

test("a chunk of latents stands for a chunk of frames", () => {
  expect(longTiling(17, 4)).toEqual({ t_chunk_enc: 16, t_chunk_dec: 4, use_overlap: true });
});
