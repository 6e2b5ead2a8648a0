import { checkBatchOnlyEmpty, checkRoom } from "../checks.ts";
import { E } from "../expr.ts";
import { axesOf, axisOf, checkShape, ShapeError, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";
import { expand } from "./formula.ts";
import { reshape, slice, unsqueeze } from "./movement.ts";
import { concat } from "./concat.ts";
import { pad } from "./pad.ts";

/** Every element of the named axes twice: nearest-neighbour upsampling by 2. */
export function upsampleNearest(x: Tensor, axes: readonly number[]): Tensor {
  const sorted = axesOf("upsampleNearest", x.shape, axes).toReversed();
  const result = checkShape(
    "upsampleNearest",
    x.shape.map((size, axis) => (sorted.includes(axis) ? size * 2 : size)),
  );
  let y = x;
  for (const axis of sorted) y = unsqueeze(y, axis + 1);
  const twice = x.shape.flatMap((size, axis) => (sorted.includes(axis) ? [size, 2] : [size]));
  return reshape(expand(y, twice), result);
}

const nearAndFar = elementwise((far, near) => E.add(E.mul(0.25, far!), E.mul(0.75, near!)));

/** One axis at twice its length by linear interpolation, half-pixel centres, edges held: x[−1] = x[0]. */
export function upsampleLinear(x: Tensor, axis: number): Tensor {
  const at = axisOf("upsampleLinear", x.shape, axis);
  const size = x.shape[at]!;
  if (size === 0)
    throw new ShapeError(`upsampleLinear: ${show(x.shape)} has nothing on axis ${axis} to repeat`);
  checkBatchOnlyEmpty("upsampleLinear", x.shape);
  const result = checkShape("upsampleLinear", x.shape.with(at, size * 2));
  checkRoom("upsampleLinear", x.backend, result);
  const held = pad(x, at, 1, 1, "replicate");
  const even = nearAndFar(slice(held, at, 0, size), x);
  const odd = nearAndFar(slice(held, at, 2, size + 2), x);
  const pairs = concat([unsqueeze(even, at + 1), unsqueeze(odd, at + 1)], at + 1);
  return reshape(pairs, result);
}
