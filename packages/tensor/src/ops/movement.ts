// Ops that only look at memory differently. Each is the adjoint of the other in its pair, or of itself.
import { axisOf, sameShape, ShapeError, show, sizeOf, type Shape } from "../shape.ts";
import { record, type Tensor } from "../tensor.ts";
import { everyView, flipView, permuteView, reshapeView, windowView } from "../view.ts";
import { contiguous, rowMajor } from "./copy.ts";

/** x with its axes in the order `order`: result axis i is x's axis `order[i]`. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const axes = order.map((axis) => axisOf("permute", x.shape, axis));
  if (axes.length !== x.shape.length || new Set(axes).size !== axes.length) {
    throw new ShapeError(
      `permute: ${show(order)} does not name each axis of ${show(x.shape)} once`,
    );
  }
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return record(x.block, permuteView(x.view, axes), [x], [(dy) => permute(dy, inverse)]);
}

/** x with two axes exchanged; default: the last two. */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const order = x.shape.map((_, axis) => axis);
  const [first, second] = [axisOf("transpose", x.shape, a), axisOf("transpose", x.shape, b)];
  order[first] = second;
  order[second] = first;
  return permute(x, order);
}

/** x's elements in row-major order as `shape`, where one size may be −1; copies only where strides cannot say it. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const sizes = inferSize(x.shape, shape);
  if (sameShape(x.shape, sizes)) return x;
  const direct = reshapeView(x.view, sizes);
  if (direct) return record(x.block, direct, [x], [(dy) => reshape(dy, x.shape)]);
  // A copy in memory order keeps channels last; where that does not do, row-major always does.
  const copy = contiguous(x);
  const view = reshapeView(copy.view, sizes);
  return view
    ? record(copy.block, view, [copy], [(dy) => reshape(dy, copy.shape)])
    : reshape(rowMajor(x), sizes);
}

function inferSize(from: Shape, shape: Shape): number[] {
  const known = shape.filter((size) => size !== -1);
  const rest = sizeOf(from) / sizeOf(known);
  const sizes = shape.map((size) => (size === -1 ? rest : size));
  if (
    known.length < shape.length - 1 ||
    !Number.isInteger(rest) ||
    sizeOf(sizes) !== sizeOf(from)
  ) {
    throw new ShapeError(
      `reshape: ${show(from)} has ${sizeOf(from)} elements, which do not fit into ${show(shape)}`,
    );
  }
  return sizes;
}

/** x without an axis of size 1. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = axisOf("squeeze", x.shape, axis);
  if (x.shape[at] !== 1) throw new ShapeError(`squeeze: axis ${axis} of ${show(x.shape)} is not 1`);
  return reshape(x, x.shape.toSpliced(at, 1));
}

/** x with a new axis of size 1 in front of axis `axis`. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  return reshape(x, x.shape.toSpliced(axis < 0 ? axis + x.shape.length + 1 : axis, 0, 1));
}

/** Indices [start, end) of one axis, where indices outside x read 0: a slice and a zero padding in one, and its own adjoint. */
export function window(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = axisOf("window", x.shape, axis);
  const size = x.shape[at]!;
  if (end < start)
    throw new ShapeError(`window: [${start}, ${end}) of axis ${axis} is empty backwards`);
  if (start === 0 && end === size) return x;
  const view = windowView(x.view, at, start, end);
  return record(x.block, view, [x], [(dy) => window(dy, at, -start, size - start)]);
}

/** Indices [start, end) of one axis; negative ones count from the back, end defaults to the size. */
export function slice(x: Tensor, axis: number, start: number, end?: number): Tensor {
  const at = axisOf("slice", x.shape, axis);
  const size = x.shape[at]!;
  const from = start < 0 ? start + size : start;
  const to = end === undefined ? size : end < 0 ? end + size : end;
  if (from < 0 || to > size || to < from) {
    throw new ShapeError(
      `slice: [${start}, ${end ?? size}) is not inside axis ${axis} of ${show(x.shape)}`,
    );
  }
  return window(x, at, from, to);
}

/** One axis back to front. */
export function flip(x: Tensor, axis: number): Tensor {
  const at = axisOf("flip", x.shape, axis);
  return record(x.block, flipView(x.view, at), [x], [(dy) => flip(dy, at)]);
}

/** Every `step`-th index of one axis. */
export function every(x: Tensor, axis: number, step: number): Tensor {
  const at = axisOf("every", x.shape, axis);
  const size = x.shape[at]!;
  if (step === 1) return x;
  return record(x.block, everyView(x.view, at, step), [x], [(dy) => spread(dy, at, step, size)]);
}

/** The indices of one axis `step` apart in an axis of `size`, zeros between them: the adjoint of `every`. */
export function spread(x: Tensor, axis: number, step: number, size: number): Tensor {
  const at = axisOf("spread", x.shape, axis);
  const apart = window(unsqueeze(x, at + 1), at + 1, 0, step);
  const joined = reshape(apart, x.shape.with(at, x.shape[at]! * step));
  return window(joined, at, 0, size);
}
