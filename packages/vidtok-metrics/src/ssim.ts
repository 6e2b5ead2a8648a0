import { filterValid, gaussian } from "./gaussian.ts";
import { pair } from "./video.ts";
import type { Layout, PairOptions, ValueRange, Video } from "./video.ts";

/**
 * Whose SSIM: `piq` averages frames down to about 256 pixels and has a Gaussian window of 11 x 11; `skimage` keeps their size and has an
 * even window of 7 x 7 with sample covariances, as scikit-image does unless told otherwise.
 */
export type SsimConvention = "piq" | "skimage";

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
    /** Frames were averaged over squares of this side first; piq: `max(1, round(min(h, w) / 256))`. */
    readonly downsample: number;
  };
}

const windows = {
  piq: { window: 11, sigma: 1.5, isSampleCovariance: false },
  skimage: { window: 7, sigma: null, isSampleCovariance: true },
} as const;
const K1 = 0.01;
const K2 = 0.03;

/**
 * Structural similarity (Wang et al. 2004) per frame, as the piq library computes it unless another convention is named: average-pooled
 * to about 256 pixels, Gaussian window without padding, mean over positions and channels.
 *
 * @example ssim({ data: original, shape: [17, 256, 256, 3] }, { data: copy, shape: [17, 256, 256, 3] }).mean
 */
export function ssim(a: Video, b: Video, options: SsimOptions = {}): SsimResult {
  const { convention = "piq" } = options;
  const { window, sigma, isSampleCovariance } = windows[convention];
  const videos = pair("ssim", a, b, options);
  const { frames: count, channels, height, width, layout, range } = videos;
  const downsample =
    convention === "piq" ? Math.max(1, roundHalfToEven(Math.min(height, width) / 256)) : 1;
  const rows = Math.floor(height / downsample);
  const columns = Math.floor(width / downsample);
  if (Math.min(rows, columns) < window) {
    throw new RangeError(
      `ssim: frames of ${height} x ${width} are smaller than the ${window} x ${window} window`,
    );
  }
  const x = new Float64Array(height * width);
  const y = new Float64Array(height * width);
  const compare = planeSsim(
    rows,
    columns,
    sigma === null ? new Float64Array(window).fill(1 / window) : gaussian(window, sigma),
    isSampleCovariance ? window ** 2 / (window ** 2 - 1) : 1,
  );
  const frames = new Float64Array(count);
  for (let t = 0; t < count; t++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      videos.read(t, c, x, y);
      poolInPlace(x, width, rows, columns, downsample);
      poolInPlace(y, width, rows, columns, downsample);
      sum += compare(x, y);
    }
    frames[t] = sum / channels;
  }
  const mean = frames.reduce((total, value) => total + value, 0) / count;
  const settings = { convention, ...windows[convention], k1: K1, k2: K2, downsample };
  return { mean, frames, settings: { metric: "ssim", layout, range, ...settings } };
}

/** The mean SSIM of two planes `[rows, columns]`, with the window `taps` by `taps` and covariances times `spread`. */
function planeSsim(
  rows: number,
  columns: number,
  taps: Float64Array,
  spread: number,
): (x: Float64Array, y: Float64Array) => number {
  const size = rows * columns;
  const maps = [0, 1, 2, 3].map(() => new Float64Array(size));
  const [meanX, meanY, squares, product] = maps as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const scratch = new Float64Array(size);
  const positions = (rows - taps.length + 1) * (columns - taps.length + 1);
  const c1 = K1 ** 2;
  const c2 = K2 ** 2;
  return (x, y) => {
    for (let i = 0; i < size; i++) {
      const p = x[i]!;
      const q = y[i]!;
      meanX[i] = p;
      meanY[i] = q;
      // Only the sum of the two variances is needed, so one filtered map serves both.
      squares[i] = p * p + q * q;
      product[i] = p * q;
    }
    for (const map of maps) filterValid(map, rows, columns, taps, scratch);
    let sum = 0;
    for (let i = 0; i < positions; i++) {
      const p = meanX[i]!;
      const q = meanY[i]!;
      const pq = p * q;
      const power = p * p + q * q;
      const covariance = spread * (product[i]! - pq);
      const structure = (2 * covariance + c2) / (spread * (squares[i]! - power) + c2);
      sum += ((2 * pq + c1) / (power + c1)) * structure;
    }
    return sum / positions;
  };
}

// The output index never passes the input index, so the plane can hold its own result.
function poolInPlace(
  plane: Float64Array,
  width: number,
  rows: number,
  columns: number,
  side: number,
): void {
  if (side === 1) return;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let i = 0; i < side; i++) {
        const from = (r * side + i) * width + c * side;
        for (let j = 0; j < side; j++) sum += plane[from + j]!;
      }
      plane[r * columns + c] = sum / (side * side);
    }
  }
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}
