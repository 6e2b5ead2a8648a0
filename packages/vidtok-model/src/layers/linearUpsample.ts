import { concat, slice, upsampleLinear } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/**
 * x `[n, c, t, h, w]` at twice its length by linear interpolation in time, its first `first` frames
 * apart from the rest, with half-pixel centres and held edges.
 */
export function upsampleInParts(x: Tensor, first: number): Tensor {
  if (first <= 0 || first >= x.shape[2]!) return upsampleLinear(x, 2);
  const parts = [slice(x, 2, 0, first), slice(x, 2, first)];
  return concat(
    parts.map((part) => upsampleLinear(part, 2)),
    2,
  );
}
