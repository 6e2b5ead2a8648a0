/** The sizes of a tensor's axes; `[]` is a scalar. */
export type Shape = readonly number[];

/** A shape, axis or geometry that an op cannot work with. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** A shape as error messages print it: `[1, 2, 3]`. */
export function show(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** The number of elements of a tensor of this shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** `shape`, of whole sizes from 0 whose product, zeros left out, is at most 2^53 − 1; anything else is a ShapeError. */
export function checkShape<S extends Shape>(op: string, shape: S): S {
  if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new ShapeError(`${op}: ${show(shape)} is not a shape; sizes are whole and not negative`);
  }
  // Zeros are left out so that the strides of an empty tensor are exact too.
  if (Number.isSafeInteger(sizeOf(shape.filter((size) => size !== 0)))) return shape;
  throw new ShapeError(
    `${op}: the sizes of ${show(shape)} multiply to more than ${Number.MAX_SAFE_INTEGER}; use smaller tensors`,
  );
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `axis` counted from the front; negative axes count from the back. */
export function axisOf(op: string, shape: Shape, axis: number): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= shape.length) {
    throw new ShapeError(`${op}: ${show(shape)} has no axis ${axis}`);
  }
  return positive;
}

/** The sorted, distinct axes that `axes` names; all of them when it is undefined. */
export function axesOf(op: string, shape: Shape, axes?: number | readonly number[]): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const named = (typeof axes === "number" ? [axes] : axes).map((axis) => axisOf(op, shape, axis));
  if (new Set(named).size !== named.length) {
    throw new ShapeError(`${op}: axes ${show(named)} name an axis twice`);
  }
  return named.sort((a, b) => a - b);
}

/** The shape that all `shapes` broadcast to, aligned at their last axes. */
export function broadcastShape(op: string, shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = Array.from({ length: rank }, (_, axis) => {
    let result = 1;
    for (const shape of shapes) {
      const size = shape[axis - rank + shape.length] ?? 1;
      if (size === 1) continue;
      if (result !== 1 && result !== size) {
        throw new ShapeError(`${op}: ${shapes.map(show).join(" and ")} do not broadcast`);
      }
      result = size;
    }
    return result;
  });
  return checkShape(op, result);
}
