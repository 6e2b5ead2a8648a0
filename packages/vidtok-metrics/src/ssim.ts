import { gaussian } from "./gaussian.ts";
import { K1, K2, planeSsim } from "./planeSsim.ts";
import { poolInPlace, reflectInPlace } from "./resizePlane.ts";
import { WINDOW } from "./symmetricFilter.ts";
import { pair } from "./video.ts";
import type { Layout, PairOptions, ValueRange, Video } from "./video.ts";

/**
 * Whose SSIM: `piq` averages frames down to about 256 pixels and has a Gaussian window of 11 x 11; `skimage` keeps their size and has an
 * even window of 7 x 7 with sample covariances, as scikit-image does unless told otherwise; `torchmetrics` keeps their size, has piq's window,
 * and lets it reach over the edges, where the frame is mirrored, as TorchMetrics does since version 1.5 with `data_range` given.
 */
export type SsimConvention = "piq" | "skimage" | "torchmetrics";

/** Options of `ssim`. */
export interface SsimOptions extends PairOptions {
  /** Default piq, the reference's. */
  readonly convention?: SsimConvention;
}

/** SSIM in [-1, 1]: of each frame, and their mean. */
export interface SsimResult {
  readonly mean: number;
  readonly frames: Float64Array;
  readonly settings: {
    readonly metric: "ssim";
    readonly layout: Layout;
    readonly range: ValueRange;
    readonly convention: SsimConvention;
    readonly window: number;
    /** Of the Gaussian window; null where all of the window counts the same. */
    readonly sigma: number | null;
    readonly k1: number;
    readonly k2: number;
    /** Whether variances are divided by the window's pixels less one. */
    readonly isSampleCovariance: boolean;
    /** Mirrored pixels around each frame. */
    readonly border: number;
    /** Frames were averaged over squares of this side first; piq: `max(1, round(min(h, w) / 256))`. */
    readonly downsample: number;
  };
}

const windows = {
  piq: { window: 11, sigma: 1.5, isSampleCovariance: false, border: 0 },
  skimage: { window: 7, sigma: null, isSampleCovariance: true, border: 0 },
  torchmetrics: { window: 11, sigma: 1.5, isSampleCovariance: false, border: 5 },
} as const;

/**
 * Structural similarity (Wang et al. 2004) per frame, as the piq library computes it unless another convention is named: average-pooled
 * to about 256 pixels, Gaussian window without padding, mean over positions and channels.
 *
 * @example ssim({ data: original, shape: [17, 256, 256, 3] }, { data: copy, shape: [17, 256, 256, 3] }).mean
 */
export function ssim(a: Video, b: Video, options: SsimOptions = {}): SsimResult {
  const { convention = "piq" } = options;
  const { window, sigma, isSampleCovariance, border } = windows[convention];
  const videos = pair("ssim", a, b, options);
  const { frames: count, channels, height, width, layout, range } = videos;
  const downsample =
    convention === "piq" ? Math.max(1, roundHalfToEven(Math.min(height, width) / 256)) : 1;
  const rows = Math.floor(height / downsample);
  const columns = Math.floor(width / downsample);
  if (Math.min(rows, columns) < window - border) {
    const mirrored = border === 0 ? "" : `, of which ${border} pixels may be mirrored`;
    throw new RangeError(
      `ssim: frames of ${height} x ${width} are smaller than the ${window} x ${window} window${mirrored}`,
    );
  }
  // A narrower window is filled up with taps of 0, which reach over the edges too.
  const unseen = (WINDOW - window) / 2;
  const around = border + unseen;
  const size = Math.max(height * width, (rows + 2 * around) * (columns + 2 * around));
  const x = new Float64Array(size);
  const y = new Float64Array(size);
  const taps = new Float64Array(WINDOW);
  if (sigma === null) taps.fill(1 / window, unseen, unseen + window);
  else taps.set(gaussian(window, sigma), unseen);
  const compare = planeSsim(
    rows + 2 * around,
    columns + 2 * around,
    taps,
    isSampleCovariance ? window ** 2 / (window ** 2 - 1) : 1,
  );
  const frames = new Float64Array(count);
  for (let t = 0; t < count; t++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      videos.read(t, c, x, y);
      for (const plane of [x, y]) {
        poolInPlace(plane, width, rows, columns, downsample);
        reflectInPlace(plane, rows, columns, around);
      }
      sum += compare(x, y);
    }
    frames[t] = sum / channels;
  }
  const mean = frames.reduce((total, value) => total + value, 0) / count;
  const settings = { convention, ...windows[convention], k1: K1, k2: K2, downsample };
  return { mean, frames, settings: { metric: "ssim", layout, range, ...settings } };
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}
