import { E } from "../expr.ts";
import type { Tensor } from "../tensor.ts";
import { div, elementwise, mul } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { max } from "./max.ts";
import { transpose } from "./movement.ts";
import { sum } from "./sum.ts";
import { detach } from "../tensor.ts";

const shiftedExp = elementwise((x, m) => E.exp(E.sub(x!, m!)));

/** eˣ / Σ eˣ over one axis. */
export function softmax(x: Tensor, axis = -1): Tensor {
  // Softmax does not change with a shift, so the maximum is a constant to its gradient.
  const highest = detach(max(x, axis, { keepDims: true }));
  const powers = shiftedExp(x, highest);
  return div(powers, sum(powers, axis, { keepDims: true }));
}

/** softmax(q kᵀ / √c) v for q `[…, m, c]`, k `[…, n, c]` and v `[…, n, d]`: `[…, m, d]`. */
export function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const scale = 1 / Math.sqrt(q.shape.at(-1)!);
  return matmul(softmax(mul(matmul(q, transpose(k)), scale)), v);
}
