import { filterAcross, filterAlong, WINDOW } from "./symmetricFilter.ts";

/** What keeps the quotients finite: `(K1 range)²` and `(K2 range)²` are added. */
export const K1 = 0.01;
export const K2 = 0.03;

/**
 * The mean SSIM of two planes `[rows, columns]` of at least 11 x 11, with the window `taps` by `taps` and covariances times `spread`. It
 * goes down the planes with 11 filtered rows at a time, which stay in the processor's cache.
 */
export function planeSsim(
  rows: number,
  columns: number,
  taps: Float64Array,
  spread: number,
): (x: Float64Array, y: Float64Array) => number {
  // Four maps side by side are filtered as one row; what mixes two of them is never read.
  const width = 4 * columns;
  const [toY, toSquares, toProduct] = [columns, 2 * columns, 3 * columns];
  const row = new Float64Array(width);
  // Each filtered row stands here twice, so that the last 11 always follow each other.
  const recent = new Float64Array(2 * WINDOW * width);
  const filtered = new Float64Array(width);
  const inside = columns - WINDOW + 1;
  const positions = (rows - WINDOW + 1) * inside;
  const c1 = K1 ** 2;
  const c2 = K2 ** 2;
  return (x, y) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      for (let i = 0; i < columns; i++) {
        const p = x[r * columns + i]!;
        const q = y[r * columns + i]!;
        row[i] = p;
        row[toY + i] = q;
        // Only the sum of the two variances is needed, so one filtered map serves both.
        row[toSquares + i] = p * p + q * q;
        row[toProduct + i] = p * q;
      }
      const at = (r % WINDOW) * width;
      filterAlong(row, taps, recent, at);
      recent.copyWithin(at + WINDOW * width, at, at + width);
      if (r < WINDOW - 1) continue;
      filterAcross(recent, ((r + 1) % WINDOW) * width, taps, filtered);
      for (let i = 0; i < inside; i++) {
        const p = filtered[i]!;
        const q = filtered[toY + i]!;
        const pq = p * q;
        const power = p * p + q * q;
        const covariance = spread * (filtered[toProduct + i]! - pq);
        const variances = spread * (filtered[toSquares + i]! - power);
        sum += ((2 * pq + c1) * (2 * covariance + c2)) / ((power + c1) * (variances + c2));
      }
    }
    return sum / positions;
  };
}
