/** The `size` values of a sampled Gaussian of standard deviation `sigma`, centred, with sum 1. */
export function gaussian(size: number, sigma: number): Float64Array {
  const taps = Float64Array.from({ length: size }, (_, i) =>
    Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma ** 2)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}
