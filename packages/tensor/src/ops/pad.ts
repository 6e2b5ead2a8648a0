import { checkBatchOnlyEmpty, checkRoom, checkWhole } from "../checks.ts";
import { axisOf, checkShape, ShapeError, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./concat.ts";
import { expand } from "./formula.ts";
import { cut, flip, slice } from "./movement.ts";

/** What stands in for elements outside a tensor. */
export type PadMode = "zero" | "replicate" | "reflect";

/** x with `before` and `after` elements added to one axis: zeros (which cost nothing), copies of its border, or its mirror image without the border. */
export function pad(
  x: Tensor,
  axis: number,
  before: number,
  after: number,
  mode: PadMode = "zero",
): Tensor {
  const at = axisOf("pad", x.shape, axis);
  const size = x.shape[at]!;
  checkWhole("pad", "the padding before", before);
  checkWhole("pad", "the padding after", after);
  checkShape("pad", x.shape.with(at, size + before + after));
  if (mode !== "zero") {
    checkBatchOnlyEmpty("pad", x.shape);
    checkRoom("pad", x.backend, x.shape.with(at, size + before + after));
  }
  switch (mode) {
    case "zero":
      return cut("pad", x, at, -before, size + after);
    case "replicate": {
      if (size === 0)
        throw new ShapeError(`pad: ${show(x.shape)} has no border on axis ${axis} to repeat`);
      const repeat = (index: number, count: number): Tensor =>
        expand(slice(x, at, index, index + 1), x.shape.with(at, count));
      return joinParts(
        x,
        at,
        before > 0 && repeat(0, before),
        after > 0 && repeat(size - 1, after),
      );
    }
    case "reflect": {
      if (size === 0)
        throw new ShapeError(`pad: ${show(x.shape)} has nothing on axis ${axis} to mirror`);
      if (Math.max(before, after) >= size) {
        throw new ShapeError(
          `pad: ${show(x.shape)} mirrors at most ${size - 1} on axis ${axis}, not ${before} and ${after}`,
        );
      }
      const front = before > 0 && flip(slice(x, at, 1, before + 1), at);
      return joinParts(
        x,
        at,
        front,
        after > 0 && flip(slice(x, at, size - 1 - after, size - 1), at),
      );
    }
  }
}

function joinParts(x: Tensor, axis: number, front: Tensor | false, back: Tensor | false): Tensor {
  const parts = [front, x, back].filter((part) => part !== false);
  return parts.length === 1 ? x : concat(parts, axis);
}
