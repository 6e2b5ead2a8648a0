import type { Tiling } from "@vidtok/model";

/**
 * The chunked mode in which the reference computes a long video, where a clip of one chunk has
 * `length` frames.
 */
export function longTiling(length: number, timeDownsampleFactor: number): Tiling {
  const chunk = length - 1;
  return {
    t_chunk_enc: chunk,
    t_chunk_dec: chunk / timeDownsampleFactor,
    use_overlap: true,
  };
}
