import { E, input, type Expr } from "../expr.ts";
import { axesOf, broadcastShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { formula } from "./formula.ts";
import { reshape } from "./movement.ts";

/** Options of reductions. */
export interface ReduceOptions {
  /** Keep the reduced axes with size 1; default false. */
  readonly keepDims?: boolean;
}

function reduceTo(
  op: string,
  x: Tensor,
  axes: number | readonly number[] | undefined,
  { keepDims = false }: ReduceOptions,
  weight: (count: number) => number,
): Tensor {
  const reduced = axesOf(op, x.shape, axes);
  const count = sizeOf(reduced.map((axis) => x.shape[axis]!));
  const shape = x.shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  const expr = E.mul(input(0), weight(count));
  const result = formula({ inputs: [x], expr, space: x.shape, shape });
  return keepDims
    ? result
    : reshape(
        result,
        x.shape.filter((_, axis) => !reduced.includes(axis)),
      );
}

/** Σ of a formula over all elements of broadcast tensors, to shape [], in one kernel: `sumOf((x) => E.mul(x, x))(t)`. */
export function sumOf(
  body: (...x: readonly Expr[]) => Expr,
): (...inputs: readonly Tensor[]) => Tensor {
  return (...inputs) => {
    const space = broadcastShape(
      "sumOf",
      inputs.map((x) => x.shape),
    );
    return formula({ inputs, expr: body(...inputs.map((_, i) => input(i))), space, shape: [] });
  };
}

/** Σ of x over `axes`; default: over all, to shape []. */
export function sum(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  return reduceTo("sum", x, axes, options, () => 1);
}

/** The mean of x over `axes`; default: over all, to shape []. */
export function mean(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  return reduceTo("mean", x, axes, options, (count) => 1 / count);
}
