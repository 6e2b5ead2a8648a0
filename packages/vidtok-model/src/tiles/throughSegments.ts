import { forwardScope } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { Segment } from "../layers/segment.ts";
import { runTiles } from "./runTiles.ts";
import type { SegmentState } from "./segmentState.ts";
import { TiledFrames } from "./tiledFrames.ts";

/**
 * The result of all segments for frames `[n, c, t, h, w]`; `isEnding` where the video ends with
 * them, after which the states are empty.
 */
export function throughSegments(
  x: Tensor,
  segments: readonly Segment[],
  states: readonly SegmentState[],
  isEnding: boolean,
): Tensor {
  return forwardScope(() => {
    let frames = new TiledFrames([[x]]);
    segments.forEach((segment, i) => {
      if (segment.stages.length === 0) return;
      const previous = frames;
      frames = runTiles(previous, segment, states[i]!, isEnding);
      if (i > 0) previous.free();
    });
    return frames.whole();
  });
}
