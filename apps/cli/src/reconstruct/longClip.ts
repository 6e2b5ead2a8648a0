import type { Tiling } from "@vidtok/model";

/**
 * The frames of a whole video that fill a first chunk of one and then chunks of `chunk`, as one
 * clip; empty where there is no whole chunk. As the reference's `read_long_video`.
 */
export function longClip(frames: readonly number[], chunk: number): readonly number[] {
  const chunks = Math.floor((frames.length - 1) / chunk);
  return chunks < 1 ? [] : frames.slice(0, chunks * chunk + 1);
}

/** The chunked mode in which the reference computes a long clip, of chunks of `length` - 1 frames. */
export function longTiling(length: number, timeDownsampleFactor: number): Tiling {
  const chunk = length - 1;
  return {
    t_chunk_enc: chunk,
    t_chunk_dec: chunk / timeDownsampleFactor,
    use_overlap: true,
  };
}
