import {
  add,
  div,
  E,
  elementwise,
  exp,
  full,
  matmul,
  mean,
  reshape,
  slice,
  sum,
  tensor,
  transpose,
} from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { entropyTerm, productEntropy } from "./clampedEntropy.ts";
import type { FsqCodes } from "./fsqCodes.ts";

/**
 * The entropies of the soft assignment of z to the codes, `softmax over codes of 200 · <z, code>`, where z is `[codebooks, m, d]`: `perSample`, the
 * mean entropy of one position's assignment, and `codebook`, the entropy of the mean assignment.
 *
 * The softmax over a grid is a product of one softmax per dimension. Half of the dimensions make each factor, so that the mean
 * assignment is one matrix product, and one position's is an outer product, which is never stored. Nothing is approximated, the
 * clamp at 1e-5 of the joint probabilities included.
 */
export function fsqEntropies(
  z: Tensor,
  codes: FsqCodes,
): { readonly perSample: Tensor; readonly codebook: Tensor } {
  const dims = codes.levels.map((_, d) => logSoftmax(z, codes, d));
  const half = split(codes.levels);
  const [codebooks, positions] = z.shape as [number, number];
  const certain = full([codebooks, positions, 1], 0, z.backend);
  const a = outerSum(dims.slice(0, half));
  const b = half < dims.length ? outerSum(dims.slice(half)) : certain;
  const average = div(matmul(transpose(exp(a)), exp(b)), positions);
  return {
    perSample: mean(productEntropy(a, b)),
    codebook: div(sum(entropyTerm(average)), codebooks),
  };
}

/**
 * The logarithms of the softmax over the values of dimension `d`, `[codebooks, m, levels[d]]`. Logits are taken relative to the largest, whose
 * value is the first or the last: `200 · z · (value − largest)` is exact where it matters, where the difference of two logits is not.
 */
function logSoftmax(z: Tensor, codes: FsqCodes, d: number): Tensor {
  const values = codes.values(d);
  const [lowest, highest] = [values[0]!, values.at(-1)!];
  const relative = elementwise((x, value) => {
    const largest = E.where(E.less(0, x!), highest, lowest);
    return E.mul(E.mul(x!, 200), E.sub(value!, largest));
  });
  const logits = relative(
    slice(z, 2, d, d + 1),
    tensor(values, [values.length], { backend: z.backend }),
  );
  return logOf(logits, sum(exp(logits), -1, { keepDims: true }));
}

const logOf = elementwise((logit, total) => E.sub(logit!, E.log(total!)));

/** How many of the first dimensions to take together for two factors of nearly equal size. */
function split(levels: readonly number[]): number {
  const size = (part: readonly number[]): number =>
    part.reduce((product, level) => product * level, 1);
  const larger = (at: number): number =>
    Math.max(size(levels.slice(0, at)), size(levels.slice(at)));
  const places = levels.map((_, i) => i + 1);
  return places.reduce((best, at) => (larger(at) < larger(best) ? at : best));
}

/** The sums of one entry of each `[c, m, k_i]`, in all combinations: `[c, m, Π k_i]`. */
function outerSum(parts: readonly Tensor[]): Tensor {
  return parts.reduce((all, part) => {
    const [c, m, k] = all.shape as [number, number, number];
    const size = part.shape[2]!;
    const table = add(reshape(all, [c, m, k, 1]), reshape(part, [c, m, 1, size]));
    return reshape(table, [c, m, k * size]);
  });
}
