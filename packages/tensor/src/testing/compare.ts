/** The worst element of a comparison. */
export interface Difference {
  /** max |actual − expected| / max |expected|, the common measure of every parity table. */
  readonly relative: number;
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
}

/** How far `actual` is from `expected`, relative to the largest expected value; infinite where only one of them is finite. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  if (actual.length !== expected.length) {
    throw new Error(`compare: ${actual.length} values came where ${expected.length} were expected`);
  }
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i]!);
    if (size > scale && size < Infinity) scale = size;
  }
  let worst: Difference = { relative: 0, index: -1, actual: 0, expected: 0 };
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e) || a === e) continue;
    const distance = Math.abs(a - e);
    const relative = Number.isFinite(distance) ? distance / (scale || 1) : Infinity;
    if (relative > worst.relative) worst = { relative, index: i, actual: a, expected: e };
  }
  return worst;
}

/** Throws, naming the worst element, unless `actual` is within `tolerance` of `expected`, relative to the largest expected value. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = "values",
): void {
  const { relative, index, ...values } = difference(actual, expected);
  if (relative <= tolerance) return;
  throw new Error(
    `${what}: element ${index} is ${values.actual} instead of ${values.expected}: off by ${relative.toExponential(2)} of the largest, more than ${tolerance}`,
  );
}
