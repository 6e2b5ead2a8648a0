import { pair } from "./video.ts";
import type { Layout, PairOptions, ValueRange, Video } from "./video.ts";

/** PSNR in dB: of each frame, and their mean. */
export interface PsnrResult {
  readonly mean: number;
  readonly frames: Float64Array;
  readonly settings: {
    readonly metric: "psnr";
    readonly layout: Layout;
    readonly range: ValueRange;
    /** Added to the mean square error, so equal frames score 80 dB and not infinity. */
    readonly epsilon: number;
  };
}

const EPSILON = 1e-8;

/**
 * Peak signal-to-noise ratio per frame, `-10 log10(mean((a - b)²) + 1e-8)` with values scaled to [0, 1].
 *
 * @example psnr({ data: original, shape: [17, 256, 256, 3] }, { data: copy, shape: [17, 256, 256, 3] }).mean
 */
export function psnr(a: Video, b: Video, options: PairOptions = {}): PsnrResult {
  const videos = pair("psnr", a, b, options);
  const { frames: count, channels, layout, range } = videos;
  const size = videos.height * videos.width;
  const x = new Float64Array(size);
  const y = new Float64Array(size);
  const frames = new Float64Array(count);
  for (let t = 0; t < count; t++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      videos.read(t, c, x, y);
      for (let i = 0; i < size; i++) sum += (x[i]! - y[i]!) ** 2;
    }
    frames[t] = -10 * Math.log10(sum / (channels * size) + EPSILON);
  }
  const mean = frames.reduce((total, value) => total + value, 0) / count;
  return { mean, frames, settings: { metric: "psnr", layout, range, epsilon: EPSILON } };
}
