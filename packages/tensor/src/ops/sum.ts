import { input } from "../expr.ts";
import { axesOf, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./elementwise.ts";
import { formula } from "./formula.ts";
import { reshape } from "./movement.ts";

/** Options of reductions. */
export interface ReduceOptions {
  /** Keep the reduced axes with size 1; default false. */
  readonly keepDims?: boolean;
}

/** Σ of x over `axes`; default: over all, to shape []. */
export function sum(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  const reduced = axesOf("sum", x.shape, axes);
  const kept = x.shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  const result = formula({ inputs: [x], expr: input(0), space: x.shape, shape: kept });
  if (options.keepDims) return result;
  return reshape(
    result,
    x.shape.filter((_, axis) => !reduced.includes(axis)),
  );
}

/** The mean of x over `axes`; default: over all, to shape []. */
export function mean(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  const count = sizeOf(axesOf("mean", x.shape, axes).map((axis) => x.shape[axis]!));
  return mul(sum(x, axes, options), 1 / count);
}
