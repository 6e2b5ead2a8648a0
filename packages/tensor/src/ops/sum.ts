import { E, input, type Expr } from "../expr.ts";
import { axesOf, broadcastShape, sizeOf, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { formula } from "./formula.ts";
import { reshape } from "./movement.ts";

/** Options of reductions. */
export interface ReduceOptions {
  /** Keep the reduced axes with size 1; default false. */
  readonly keepDims?: boolean;
}

/** Σ of a formula over `axes` of the space of its inputs; default: over all. */
function reduceTo(
  op: string,
  inputs: readonly Tensor[],
  expr: (space: Shape, reduced: readonly number[]) => Expr,
  axes: number | readonly number[] | undefined,
  { keepDims = false }: ReduceOptions,
): Tensor {
  if (inputs.length === 0)
    throw new TypeError(`${op}: no tensors were given; it takes at least one`);
  const space = broadcastShape(
    op,
    inputs.map((x) => x.shape),
  );
  const reduced = axesOf(op, space, axes);
  const shape = space.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  const result = formula({ op, inputs, expr: expr(space, reduced), space, shape });
  return keepDims
    ? result
    : reshape(
        result,
        space.filter((_, axis) => !reduced.includes(axis)),
      );
}

/**
 * Σ of a formula over `axes` of broadcast tensors (default: over all, to shape []) in one kernel, which stores no term:
 * `sumOf((x, y) => E.mul(x, y), -1)(a, b)`.
 */
export function sumOf(
  body: (...x: readonly Expr[]) => Expr,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): (...inputs: readonly Tensor[]) => Tensor {
  return (...inputs) =>
    reduceTo("sumOf", inputs, () => body(...inputs.map((_, i) => input(i))), axes, options);
}

/** Σ of x over `axes`; default: over all, to shape []. */
export function sum(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  return reduceTo("sum", [x], () => input(0), axes, options);
}

/** The mean of x over `axes`; default: over all, to shape []. */
export function mean(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  const part = (space: Shape, reduced: readonly number[]): Expr =>
    E.mul(input(0), 1 / sizeOf(reduced.map((axis) => space[axis]!)));
  const result = reduceTo("mean", [x], part, axes, options);
  // A sum of no terms is 0, but their mean is not a number.
  const isOfNothing = axesOf("mean", x.shape, axes).some((axis) => x.shape[axis] === 0);
  return isOfNothing ? full(result.shape, NaN, x.backend) : result;
}
