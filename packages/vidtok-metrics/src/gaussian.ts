/** The `size` values of a sampled Gaussian of standard deviation `sigma`, centred, with sum 1. */
export function gaussian(size: number, sigma: number): Float64Array {
  const taps = Float64Array.from({ length: size }, (_, i) =>
    Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma ** 2)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/**
 * Convolves a plane `[rows, columns]` with symmetric `taps` along both axes, without padding, in place:
 * the result is dense `[rows - taps + 1, columns - taps + 1]` at its start. `scratch` is as large as the plane.
 */
export function filterValid(
  plane: Float64Array,
  rows: number,
  columns: number,
  taps: Float64Array,
  scratch: Float64Array,
): void {
  const reach = taps.length - 1;
  const half = reach / 2;
  const outColumns = columns - reach;
  const outRows = rows - reach;
  const middle = taps[half]!;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < outColumns; c++) {
      const from = r * columns + c;
      let sum = middle * plane[from + half]!;
      for (let k = 0; k < half; k++)
        sum += taps[k]! * (plane[from + k]! + plane[from + reach - k]!);
      scratch[r * outColumns + c] = sum;
    }
  }
  for (let r = 0; r < outRows; r++) {
    for (let c = 0; c < outColumns; c++) {
      const from = r * outColumns + c;
      let sum = middle * scratch[from + half * outColumns]!;
      for (let k = 0; k < half; k++) {
        sum +=
          taps[k]! * (scratch[from + k * outColumns]! + scratch[from + (reach - k) * outColumns]!);
      }
      plane[from] = sum;
    }
  }
}
