import { checkpoint } from "../checkpoint.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./concat.ts";
import { mul } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { slice, transpose } from "./movement.ts";
import { softmax } from "./softmax.ts";

// Of the matrix of all scores so many are in memory at a time; where there are more, they are computed again for the gradient.
const MOST_SCORES = 2 ** 20;

/** softmax(q kᵀ / √c) v for q `[…, m, c]`, k `[…, n, c]` and v `[…, n, d]`: `[…, m, d]`, in parts where the scores `[…, m, n]` are many. */
export function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const scores = sizeOf(k.shape.slice(0, -1)) * q.shape.at(-2)!;
  return scores > MOST_SCORES ? attendInParts(q, k, v) : attend(q, k, v);
}

function attend(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const scale = 1 / Math.sqrt(q.shape.at(-1)!);
  return matmul(softmax(mul(matmul(q, transpose(k)), scale)), v);
}

// First one matrix after the other, whose keys a product then rearranges only for itself, and then some rows at a time.
function attendInParts(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const axis = q.shape.length - 2;
  const matrices = axis > 0 ? q.shape[0]! : 1;
  if (matrices > 1) {
    const parts = Array.from({ length: matrices }, (_, i) => {
      const [one, itsKeys, itsValues] = [q, k, v].map((x) => slice(x, 0, i, i + 1));
      return attendInParts(one!, itsKeys!, itsValues!);
    });
    return concat(parts, 0);
  }
  const queries = q.shape[axis]!;
  const rows = Math.max(1, Math.floor(MOST_SCORES / sizeOf(k.shape.slice(0, -1))));
  const parts = Array.from({ length: Math.ceil(queries / rows) }, (_, i) => {
    const some = slice(q, axis, i * rows, Math.min((i + 1) * rows, queries));
    return checkpoint((part) => attend(part, k, v), some);
  });
  return parts.length > 1 ? concat(parts, axis) : parts[0]!;
}
