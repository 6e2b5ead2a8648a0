/** A range of values with the places of its ticks. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Decimals that tell the ticks apart. */
  readonly decimals: number;
}

/**
 * An axis around some values, with ends and up to `most` ticks at multiples of 1, 2 or 5 times a
 * power of ten.
 */
export function axisOf(values: Iterable<number>, most = 5): Axis {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const room = low === high ? Math.max(Math.abs(low) * 0.01, 1e-4) : 0;
  const step = roundStep((high - low + 2 * room) / (most - 2));
  const first = Math.floor((low - room) / step);
  const last = Math.ceil((high + room) / step);
  return {
    ...{ low: first * step, high: last * step },
    ticks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step),
    decimals: Math.max(0, -Math.floor(Math.log10(step))),
  };
}

/** The smallest of 1, 2, 5, 10 times a power of ten that is at least `least`. */
function roundStep(least: number): number {
  // Read, because 10 ** -4 is no power of ten in Node before 24.
  const power = Number(`1e${Math.floor(Math.log10(least))}`);
  return power * ([1, 2, 5].find((times) => times * power >= least) ?? 10);
}
