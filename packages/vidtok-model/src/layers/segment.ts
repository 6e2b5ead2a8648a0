import { chain, concat, forwardScope, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { runs } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { StreamCache } from "./streamCache.ts";

/**
 * Stages between which the number of frames does not change, so that a causal network can compute
 * some frames at a time.
 */
export interface Segment {
  readonly stages: readonly Stage[];
  /** A multiple of how many frames it takes: 2 where it halves them. */
  readonly step: number;
  /** How many positions it computes for one that it is given. */
  readonly growth: number;
}

// Of the frames computed at a time: two of 256 × 256 keep every core busy, and are little next to
// the weights.
const runPixels = 2 ** 17;

/**
 * A segment's result for frames x `[n, c, t, h, w]` that continue what `cache` has seen, a few at a
 * time; `isEnding` where the video ends with them.
 */
export function runSegment(
  x: Tensor,
  { stages, step, growth }: Segment,
  cache: StreamCache,
  isEnding: boolean,
): Tensor {
  const [n, , frames, height, width] = x.shape as [number, number, number, number, number];
  const size = step * Math.max(1, Math.floor(runPixels / (step * growth * n * height * width)));
  const starts = Array.from({ length: Math.ceil(frames / size) }, (_, i) => i * size);
  return forwardScope(() => {
    const parts = starts.map((start) => {
      const end = Math.min(start + size, frames);
      cache.isEnding = isEnding && end === frames;
      return chain(slice(x, 2, start, end), runs(stages, cache));
    });
    return parts.length === 1 ? parts[0]! : concat(parts, 2);
  });
}
