import { E } from "../expr.ts";
import { checkBatchOnlyEmpty, checkWhole } from "../checks.ts";
import { ShapeError, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { defineMap } from "./elementwise.ts";
import { every, window } from "./movement.ts";

/** Options of pooling: one number for all spatial axes, or one for each. */
export interface PoolOptions {
  readonly kernel: number | readonly number[];
  /** Default: the kernel. */
  readonly stride?: number | readonly number[];
}

// Every element of a window along an axis is an input of one kernel.
const longest = 2048;

// The first of equal elements wins, as in PyTorch, and takes the gradient.
const maxOf = defineMap("maxPool", (...taps) => taps.reduce((a, b) => E.where(E.less(a, b), b, a)));
const meanOf = defineMap("avgPool", (...taps) =>
  E.mul(
    taps.reduce((a, b) => E.add(a, b)),
    1 / taps.length,
  ),
);

function pool(
  op: string,
  x: Tensor,
  options: PoolOptions,
  combine: (...taps: Tensor[]) => Tensor,
): Tensor {
  const rank = x.shape.length - 2;
  if (rank < 1) throw new ShapeError(`${op}: ${show(x.shape)} must be [n, c, …]`);
  checkBatchOnlyEmpty(op, x.shape);
  const each = (name: string, value: number | readonly number[], axis: number): number => {
    if (typeof value === "number") return checkWhole(op, name, value, 1);
    if (value.length === rank) return checkWhole(op, name, value[axis]!, 1);
    throw new ShapeError(`${op}: ${value.length} values were given for ${rank} spatial axes`);
  };
  let y = x;
  // Last axis first, so that the winner of a window is its first element in row-major order.
  for (let axis = rank - 1; axis >= 0; axis--) {
    const taps = each("the kernel", options.kernel, axis);
    const step = each("the stride", options.stride ?? options.kernel, axis);
    const size = x.shape[axis + 2]!;
    if (taps > size) {
      throw new ShapeError(
        `${op}: a window of ${taps} does not fit into axis ${axis + 2} of ${show(x.shape)}`,
      );
    }
    if (taps > longest) {
      throw new ShapeError(`${op}: a window of ${taps} is longer than ${longest}; pool in steps`);
    }
    if (taps === 1 && step === 1) continue;
    const last = Math.floor((size - taps) / step) * step;
    const parts = Array.from({ length: taps }, (_, k) =>
      every(window(y, axis + 2, k, k + last + 1), axis + 2, step),
    );
    y = combine(...parts);
  }
  return y;
}

/** The largest element of each window of `[n, c, …]`. */
export function maxPool(x: Tensor, options: PoolOptions): Tensor {
  return pool("maxPool", x, options, maxOf);
}

/** The mean of each window of `[n, c, …]`. */
export function avgPool(x: Tensor, options: PoolOptions): Tensor {
  return pool("avgPool", x, options, meanOf);
}
