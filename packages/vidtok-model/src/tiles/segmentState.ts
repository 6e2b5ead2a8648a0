import type { Segment } from "../layers/segment.ts";
import { scaleOf } from "../layers/stage.ts";
import { StreamCache } from "../layers/streamCache.ts";
import { countTiles } from "./tileSpans.ts";

/** How a segment is tiled, and what its tiles have seen of a video. */
export interface SegmentState {
  /** The most pixels of a tile's height and width, without its halo. */
  readonly edge: number;
  /** Of each tile, row by row; undefined where x is a whole clip and no part of one. */
  readonly caches: readonly StreamCache[] | undefined;
}

/** The states of segments at the beginning of a video with frames of a size. */
export function emptyStates(
  segments: readonly Segment[],
  edges: readonly number[],
  height: number,
  width: number,
): SegmentState[] {
  let [h, w] = [height, width];
  return segments.map((segment, i) => {
    const edge = edges[i]!;
    const tiles = countTiles(h, w, edge, segment.stages);
    const scale = scaleOf(segment.stages);
    [h, w] = [Math.floor(h * scale), Math.floor(w * scale)];
    return { edge, caches: Array.from({ length: tiles }, () => new StreamCache()) };
  });
}

/** Frees the frames that the tiles have kept. */
export function freeStates(states: readonly SegmentState[]): void {
  for (const { caches = [] } of states) for (const cache of caches) cache.free();
}
