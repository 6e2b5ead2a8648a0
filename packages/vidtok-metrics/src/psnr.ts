import { pair } from "./video.ts";
import type { Layout, PairOptions, ValueRange, Video } from "./video.ts";

/**
 * Whose PSNR: `frames` is the mean over frames with 1e-8 added to each error; `pooled` is that of one error over all frames, infinite for
 * equal videos, as scikit-image finds for a whole array.
 */
export type PsnrConvention = "frames" | "pooled";

/** Options of `psnr`. */
export interface PsnrOptions extends PairOptions {
  /** Default frames, the reference's. */
  readonly convention?: PsnrConvention;
}

/** PSNR in dB: of each frame, and of all together. */
export interface PsnrResult {
  /** The mean over frames, or the pooled value. */
  readonly mean: number;
  readonly frames: Float64Array;
  readonly settings: {
    readonly metric: "psnr";
    readonly convention: PsnrConvention;
    readonly layout: Layout;
    readonly range: ValueRange;
    /** Added to the mean square error; 1e-8 makes equal frames score 80 dB and not infinity. */
    readonly epsilon: number;
  };
}

const EPSILON = 1e-8;

/**
 * Peak signal-to-noise ratio per frame, `-10 log10(mean((a - b)²) + 1e-8)` with values scaled to [0, 1].
 *
 * @example psnr({ data: original, shape: [17, 256, 256, 3] }, { data: copy, shape: [17, 256, 256, 3] }).mean
 */
export function psnr(a: Video, b: Video, options: PsnrOptions = {}): PsnrResult {
  const { convention = "frames" } = options;
  const epsilon = convention === "frames" ? EPSILON : 0;
  const videos = pair("psnr", a, b, options);
  const { frames: count, channels, layout, range } = videos;
  const size = videos.height * videos.width;
  const x = new Float64Array(size);
  const y = new Float64Array(size);
  const errors = new Float64Array(count);
  for (let t = 0; t < count; t++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      videos.read(t, c, x, y);
      for (let i = 0; i < size; i++) {
        const difference = x[i]! - y[i]!;
        sum += difference * difference;
      }
    }
    errors[t] = sum / (channels * size);
  }
  const frames = errors.map((error) => decibels(error + epsilon));
  const average = (values: Float64Array): number =>
    values.reduce((total, value) => total + value, 0) / count;
  const mean = convention === "frames" ? average(frames) : decibels(average(errors));
  return { mean, frames, settings: { metric: "psnr", convention, layout, range, epsilon } };
}

function decibels(error: number): number {
  return -10 * Math.log10(error);
}
