import { concat, pad, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/** The last `count` frames of `before` (undefined: zeros) followed by x `[n, c, t, h, w]`. */
export function lastFrames(x: Tensor, count: number, before: Tensor | undefined): Tensor {
  const missing = count - x.shape[2]!;
  if (missing <= 0) return slice(x, 2, x.shape[2]! - count);
  const whole = before ? concat([before, x], 2) : pad(x, 2, missing, 0);
  return slice(whole, 2, whole.shape[2]! - count);
}
