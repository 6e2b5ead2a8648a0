import { filterValid } from "./gaussian.ts";

/** What keeps the quotients finite: `(K1 range)²` and `(K2 range)²` are added. */
export const K1 = 0.01;
export const K2 = 0.03;

/** The mean SSIM of two planes `[rows, columns]`, with the window `taps` by `taps` and covariances times `spread`. */
export function planeSsim(
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
