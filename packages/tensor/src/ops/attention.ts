import { checkpoint } from "../checkpoint.ts";
import { checkRoom } from "../checks.ts";
import { checkShape, sameShape, ShapeError, show, sizeOf, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./concat.ts";
import { mul } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { slice, transpose } from "./movement.ts";
import { softmax } from "./softmax.ts";

// Of the matrix of all scores so many are in memory at a time; where there are more, they are computed again for the gradient.
const MOST_SCORES = 2 ** 20;
// Products of fewer rows would be limited by reading the keys.
const LEAST_ROWS = 64;

/** softmax(q kᵀ / √c) v for q `[…, m, c]`, k `[…, n, c]` and v `[…, n, d]`: `[…, m, d]`, in parts where the scores `[…, m, n]` are many. */
export function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  checkOperands(q.shape, k.shape, v.shape);
  checkRoom("attention", q.backend, [...q.shape.slice(0, -1), v.shape.at(-1)!]);
  const scores = sizeOf(k.shape.slice(0, -1)) * q.shape.at(-2)!;
  return scores > MOST_SCORES ? attendInParts(q, k, v) : attend(q, k, v);
}

function checkOperands(q: Shape, k: Shape, v: Shape): void {
  const batch = q.slice(0, -2);
  const fits =
    q.length >= 2 &&
    sameShape(k, [...batch, k.at(-2)!, q.at(-1)!]) &&
    sameShape(v, [...batch, k.at(-2)!, v.at(-1)!]);
  if (!fits) {
    throw new ShapeError(
      `attention: q ${show(q)}, k ${show(k)} and v ${show(v)} must be […, m, c], […, n, c] and […, n, d]`,
    );
  }
  checkShape("attention", [...batch, q.at(-2)!, k.at(-2)!]);
  checkShape("attention", [...batch, q.at(-2)!, v.at(-1)!]);
}

function attend(q: Tensor, k: Tensor, v: Tensor): Tensor {
  // Without channels all scores are 0.
  const scale = 1 / Math.sqrt(q.shape.at(-1)! || 1);
  return matmul(softmax(mul(matmul(q, transpose(k)), scale)), v);
}

// First as many matrices at a time as have few scores together, whose keys a product then
// rearranges only for itself, and then some rows of one.
function attendInParts(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const axis = q.shape.length - 2;
  const matrices = axis > 0 ? q.shape[0]! : 1;
  if (matrices > 1) {
    const scores = sizeOf(k.shape.slice(1, -1)) * q.shape[axis]!;
    const together = Math.max(1, Math.floor(MOST_SCORES / scores));
    const parts = Array.from({ length: Math.ceil(matrices / together) }, (_, i) => {
      const end = Math.min((i + 1) * together, matrices);
      const [some, keys, values] = [q, k, v].map((x) => slice(x, 0, i * together, end));
      return scores > MOST_SCORES
        ? attendInParts(some!, keys!, values!)
        : checkpoint((part) => attend(part, keys!, values!), some!);
    });
    return parts.length > 1 ? concat(parts, 0) : parts[0]!;
  }
  const queries = q.shape[axis]!;
  const most = Math.floor(MOST_SCORES / sizeOf(k.shape.slice(0, -1)));
  const rows = Math.max(LEAST_ROWS, most);
  const parts = Array.from({ length: Math.ceil(queries / rows) }, (_, i) => {
    const some = slice(q, axis, i * rows, Math.min((i + 1) * rows, queries));
    return checkpoint((part) => attend(part, k, v), some);
  });
  return parts.length > 1 ? concat(parts, axis) : parts[0]!;
}
