import { E, input } from "../expr.ts";
import { axesOf, ShapeError, show } from "../shape.ts";
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
  const reduced = axesOf("max", x.shape, axes);
  if (reduced.some((axis) => x.shape[axis] === 0)) {
    throw new ShapeError(`max: ${show(x.shape)} has no elements on axes ${show(reduced)}`);
  }
  const [block, view] = launchKernel(x.backend, [x], [x.view], input(0), x.shape, reduced, "max");
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
  return neg(max(neg(x), axes, options));
}

const isMaximum = elementwise((v, m) => E.where(E.less(v!, m!), 0, 1));

/** 1 / number of maxima at each maximum, 0 elsewhere. */
function share(x: Tensor, y: Tensor, reduced: readonly number[]): Tensor {
  const hit = isMaximum(x, y);
  return div(hit, sum(hit, reduced, { keepDims: true }));
}
