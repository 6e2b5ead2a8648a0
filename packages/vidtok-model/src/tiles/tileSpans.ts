import { haloOf, scaleOf } from "../layers/stage.ts";
import type { Stage } from "../layers/stage.ts";

/** One tile along height or width. */
export interface TileSpan {
  /** Positions of the input that the tile is computed from, with its halo. */
  readonly from: number;
  readonly to: number;
  /** Positions of its result that belong to the halo, in front of those that are kept. */
  readonly skipped: number;
  /** Positions of its result that are kept. */
  readonly kept: number;
}

// Tiles begin where kernels that compute small blocks of pixels (Winograd, strides) begin one in
// the whole frame, too, so that sums have the same order.
const grid = 8;

/**
 * The tiles of an axis of `length` positions for some stages: about equal, of at most `edge`
 * positions where the stages have most of them, without the halo.
 */
export function tileSpans(
  length: number,
  edge: number,
  stages: readonly Stage[],
): readonly TileSpan[] {
  const scale = scaleOf(stages);
  const finest = Math.max(scale, 1);
  const count = Math.max(1, Math.ceil((length * finest) / edge));
  const size = roundedUp((length * finest) / count, grid) / finest;
  const halo = haloOf(stages);
  return Array.from({ length: Math.ceil(length / size) }, (_, i): TileSpan => {
    const [start, end] = [i * size, (i + 1) * size];
    const unit = grid / finest;
    const from = Math.max(0, Math.floor((start - halo) / unit) * unit);
    const isLast = end >= length;
    return {
      from,
      to: isLast ? length : Math.min(length, roundedUp(end + halo, unit)),
      skipped: (start - from) * scale,
      kept: Math.floor((isLast ? length : end) * scale) - start * scale,
    };
  }).filter(({ kept }) => kept > 0);
}

/** How many tiles of at most `edge` × `edge` pixels some stages have for frames of a size. */
export function countTiles(
  height: number,
  width: number,
  edge: number,
  stages: readonly Stage[],
): number {
  return tileSpans(height, edge, stages).length * tileSpans(width, edge, stages).length;
}

/** The least multiple of `unit` that is not below x. */
function roundedUp(x: number, unit: number): number {
  return Math.ceil(x / unit) * unit;
}
