import { chain, contiguous, forwardScope, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { runSegment } from "../layers/segment.ts";
import type { Segment } from "../layers/segment.ts";
import { runs } from "../layers/stage.ts";
import type { SegmentState } from "./segmentState.ts";
import { TiledFrames } from "./tiledFrames.ts";
import { tileSpans } from "./tileSpans.ts";
import type { TileSpan } from "./tileSpans.ts";

/**
 * A segment's result for frames in tiles. Each tile is computed with a halo of the pixels that its
 * result depends on, so that the numbers are those of whole frames.
 */
export function runTiles(
  x: TiledFrames,
  segment: Segment,
  { edge, caches }: SegmentState,
  isEnding: boolean,
): TiledFrames {
  const columns = tileSpans(x.width, edge, segment.stages);
  const tiles = tileSpans(x.height, edge, segment.stages).map((row, i) =>
    columns.map((column, j) => {
      const cache = caches?.[i * columns.length + j];
      const y = runTile(x, row, column, (tile) =>
        cache ? runSegment(tile, segment, cache, isEnding) : chain(tile, runs(segment.stages)),
      );
      if (isEnding) cache?.free();
      return y;
    }),
  );
  return new TiledFrames(tiles);
}

function runTile(
  x: TiledFrames,
  row: TileSpan,
  column: TileSpan,
  compute: (tile: Tensor) => Tensor,
): Tensor {
  return forwardScope(() => {
    const y = compute(x.region([row.from, row.to], [column.from, column.to]));
    if (y.shape[3] === row.kept && y.shape[4] === column.kept) return y;
    const kept = [row, column].reduce(
      (cut, { skipped, kept }, i) => slice(cut, 3 + i, skipped, skipped + kept),
      y,
    );
    // A copy, since a view would keep the halo in memory.
    return contiguous(kept);
  });
}
