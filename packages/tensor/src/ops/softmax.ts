import { checkRoom } from "../checks.ts";
import { E } from "../expr.ts";
import { axisOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { div, elementwise } from "./elementwise.ts";
import { max } from "./max.ts";
import { sum } from "./sum.ts";
import { detach } from "../tensor.ts";

const shiftedExp = elementwise((x, m) => E.exp(E.sub(x!, m!)));

/** eˣ / Σ eˣ over one axis. */
export function softmax(x: Tensor, axis = -1): Tensor {
  if (x.shape[axisOf("softmax", x.shape, axis)] === 0) return x;
  checkRoom("softmax", x.backend, x.shape);
  // Softmax does not change with a shift, so the maximum is a constant to its gradient.
  const highest = detach(max(x, axis, { keepDims: true }));
  const powers = shiftedExp(x, highest);
  return div(powers, sum(powers, axis, { keepDims: true }));
}
