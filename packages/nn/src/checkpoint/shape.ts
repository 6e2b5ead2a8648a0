/** Row-major strides of a shape, in elements. */
export function denseStrides(shape: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/**
 * Number of elements of a shape; infinite where its sizes multiply to more than 2^53, even next to
 * a size of 0.
 */
export function countElements(shape: readonly number[]): number {
  const product = shape.reduce((all, length) => all * Math.max(length, 1), 1);
  if (!Number.isSafeInteger(product)) return Infinity;
  return shape.includes(0) ? 0 : product;
}

/**
 * Elements from the first to the last one that a view touches, both included; strides are not
 * negative.
 */
export function spanElements(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, length, axis) => last + (length - 1) * strides[axis]!, 1);
}
