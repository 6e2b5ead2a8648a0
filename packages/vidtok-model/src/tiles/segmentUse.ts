import { chain, contiguous, full, noGrad, scope } from "@vidtok/tensor";
import type { Shape, SizingBackend } from "@vidtok/tensor";
import { runSegment } from "../layers/segment.ts";
import type { Segment } from "../layers/segment.ts";
import { runs } from "../layers/stage.ts";
import { StreamCache } from "../layers/streamCache.ts";

/** How a segment is given its frames. */
export type Feeding = "whole clip" | "whole video" | "part of a video";

/** Bytes that a segment's tensors take for frames of a shape. */
export interface SegmentUse {
  readonly input: number;
  readonly output: number;
  readonly outputShape: Shape;
  /** What its layers keep of a video. */
  readonly cache: number;
  /** All of them at the most, with the working memory. */
  readonly peak: number;
}

/** Measures a segment whose weights are on a sizing backend, by running it without numbers. */
export function segmentUse(
  segment: Segment,
  shape: Shape,
  feeding: Feeding,
  sizing: SizingBackend,
): SegmentUse {
  const live = (): number => sizing.usage().live;
  return noGrad(() =>
    scope(() => {
      const before = live();
      const x = contiguous(full(shape, 0, sizing));
      const input = live() - before;
      sizing.resetPeak();
      const cache = new StreamCache();
      const compute = () =>
        feeding === "whole clip"
          ? chain(x, runs(segment.stages))
          : runSegment(x, segment, cache, true);
      // From the second part on the layers have something in their caches.
      if (feeding === "part of a video") compute().free();
      const y = compute();
      const { peak } = sizing.usage();
      const withOutput = live();
      y.free();
      const output = withOutput - live();
      const kept = live() - before - input;
      cache.free();
      return { input, output, outputShape: y.shape, cache: kept, peak: peak - before };
    }),
  );
}
