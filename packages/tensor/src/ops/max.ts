import { checkRoom } from "../checks.ts";
import { E, input } from "../expr.ts";
import { axesOf, ShapeError, show, type Shape } from "../shape.ts";
import { record, type Tensor } from "../tensor.ts";
import { div, elementwise, mul, neg } from "./elementwise.ts";
import { launchKernel } from "./formula.ts";
import { reshape } from "./movement.ts";
import { sum, type ReduceOptions } from "./sum.ts";

/** The largest element of x over `axes` (default: all); elements that tie share the gradient, as in PyTorch's amax. */
export function max(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  const reduced = checkedAxes("max", x.shape, axes);
  const [block, view] = launchKernel(
    "max",
    x.backend,
    [x],
    [x.view],
    input(0),
    x.shape,
    reduced,
    "max",
  );
  const y: Tensor = record(block, view, [x], [(dy) => mul(share(x, y, reduced), dy)]);
  if (options.keepDims) return y;
  return reshape(
    y,
    x.shape.filter((_, axis) => !reduced.includes(axis)),
  );
}

/** The smallest element of x over `axes` (default: all); ties share the gradient. */
export function min(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  checkedAxes("min", x.shape, axes);
  checkRoom("min", x.backend, x.shape);
  return neg(max(neg(x), axes, options));
}

/** The axes that `axes` names; nothing is the largest of no elements. */
function checkedAxes(op: string, shape: Shape, axes?: number | readonly number[]): number[] {
  const reduced = axesOf(op, shape, axes);
  if (reduced.every((axis) => shape[axis] !== 0)) return reduced;
  throw new ShapeError(`${op}: ${show(shape)} has no elements on axes ${show(reduced)}`);
}

const isMaximum = elementwise((v, m) => E.where(E.less(v!, m!), 0, 1));

/** 1 / number of maxima at each maximum, 0 elsewhere. */
function share(x: Tensor, y: Tensor, reduced: readonly number[]): Tensor {
  const hit = isMaximum(x, y);
  return div(hit, sum(hit, reduced, { keepDims: true }));
}
