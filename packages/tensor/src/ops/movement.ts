// Ops that only look at memory differently. Each is the adjoint of the other in its pair, or of itself.
import { checkIndex, checkRoom, checkWhole } from "../checks.ts";
import { axisOf, checkShape, sameShape, ShapeError, show, sizeOf, type Shape } from "../shape.ts";
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
  checkRoom("reshape", x.backend, x.shape);
  // A copy in memory order keeps channels last; where that does not do, row-major always does.
  const copy = contiguous(x);
  const view = reshapeView(copy.view, sizes);
  return view
    ? record(copy.block, view, [copy], [(dy) => reshape(dy, copy.shape)])
    : reshape(rowMajor(x), sizes);
}

function inferSize(from: Shape, shape: Shape): number[] {
  const known = checkShape(
    "reshape",
    shape.filter((size) => size !== -1),
  );
  const rest = sizeOf(from) / sizeOf(known);
  const sizes = shape.map((size) => (size === -1 ? rest : size));
  const isClear = known.length === shape.length || Number.isInteger(rest);
  if (known.length < shape.length - 1 || !isClear || sizeOf(sizes) !== sizeOf(from)) {
    throw new ShapeError(
      `reshape: ${show(from)} has ${sizeOf(from)} elements, which do not fit into ${show(shape)}`,
    );
  }
  return checkShape("reshape", sizes);
}

/** x without an axis of size 1. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = axisOf("squeeze", x.shape, axis);
  if (x.shape[at] !== 1) throw new ShapeError(`squeeze: axis ${axis} of ${show(x.shape)} is not 1`);
  return reshape(x, x.shape.toSpliced(at, 1));
}

/** x with a new axis of size 1 in front of axis `axis`. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = newAxisOf("unsqueeze", x.shape, axis);
  return reshape(x, x.shape.toSpliced(at, 0, 1));
}

/** Where a new axis goes; a negative one counts from behind the last. */
export function newAxisOf(op: string, shape: Shape, axis: number): number {
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  if (Number.isInteger(at) && at >= 0 && at <= shape.length) return at;
  throw new ShapeError(`${op}: ${show(shape)} has no room for a new axis ${axis}`);
}

/** Indices [start, end) of one axis, where indices outside x read 0: a slice and a zero padding in one, and its own adjoint. */
export function window(x: Tensor, axis: number, start: number, end: number): Tensor {
  return cut("window", x, axisOf("window", x.shape, axis), start, end);
}

/** `window` in another op's name. */
export function cut(op: string, x: Tensor, axis: number, start: number, end: number): Tensor {
  checkIndex(op, "the start", start);
  checkIndex(op, "the end", end);
  if (end < start)
    throw new ShapeError(`${op}: [${start}, ${end}) of axis ${axis} is empty backwards`);
  const size = x.shape[axis]!;
  if (start === 0 && end === size) return x;
  checkShape(op, x.shape.with(axis, end - start));
  const view = windowView(x.view, axis, start, end);
  checkIndex(op, "the first element's place in memory", view.offset);
  return record(x.block, view, [x], [(dy) => cut(op, dy, axis, -start, size - start)]);
}

/** Indices [start, end) of one axis; negative ones count from the back, end defaults to the size. */
export function slice(x: Tensor, axis: number, start: number, end?: number): Tensor {
  const at = axisOf("slice", x.shape, axis);
  const size = x.shape[at]!;
  checkIndex("slice", "the start", start);
  if (end !== undefined) checkIndex("slice", "the end", end);
  const from = start < 0 ? start + size : start;
  const to = end === undefined ? size : end < 0 ? end + size : end;
  if (from < 0 || to > size || to < from) {
    throw new ShapeError(
      `slice: [${start}, ${end ?? size}) is not inside axis ${axis} of ${show(x.shape)}`,
    );
  }
  return cut("slice", x, at, from, to);
}

/** One axis back to front. */
export function flip(x: Tensor, axis: number): Tensor {
  const at = axisOf("flip", x.shape, axis);
  return record(x.block, flipView(x.view, at), [x], [(dy) => flip(dy, at)]);
}

/** Every `step`-th index of one axis. */
export function every(x: Tensor, axis: number, step: number): Tensor {
  const at = axisOf("every", x.shape, axis);
  checkWhole("every", "the step", step, 1);
  const size = x.shape[at]!;
  if (step === 1) return x;
  return record(x.block, everyView(x.view, at, step), [x], [(dy) => spread(dy, at, step, size)]);
}

/** The indices of one axis `step` apart in an axis of `size`, zeros between them: the adjoint of `every`. */
export function spread(x: Tensor, axis: number, step: number, size: number): Tensor {
  const at = axisOf("spread", x.shape, axis);
  checkWhole("spread", "the step", step, 1);
  checkWhole("spread", "the size", size);
  // Of one element nothing is ever apart.
  const apart = x.shape[at]! > 1 ? step : 1;
  const shape = checkShape("spread", x.shape.with(at, x.shape[at]! * apart));
  checkRoom("spread", x.backend, shape);
  const joined = reshape(cut("spread", unsqueeze(x, at + 1), at + 1, 0, apart), shape);
  return cut("spread", joined, at, 0, size);
}
