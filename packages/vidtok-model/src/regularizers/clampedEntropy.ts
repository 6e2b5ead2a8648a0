// Entropies as the reference has them: a probability counts as at least 1e-5 inside the logarithm. Where it is just that, the
// gradient passes, as it does through PyTorch's clamp.
import { E, elementwise, exp, noGrad, sub, sumOf, unsqueeze, withGradients } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

const least = 1e-5;
const leastLog = Math.log(least);

/** −p · log(max(p, 1e-5)): what a probability p adds to the entropy. */
export const entropyTerm = elementwise((p) =>
  E.neg(E.mul(p!, E.log(E.where(E.less(p!, least), least, p!)))),
);

const clampedSum = sumOf((p, logP, t) => E.mul(p!, E.max(logP!, t!)), -1);
const slopeSum = sumOf(
  (p, logP, above, t) => E.where(E.less(logP!, t!), E.mul(p!, t!), above!),
  -1,
);
const timesLogPlusOne = elementwise((p, logP) => E.mul(p!, E.add(logP!, 1)));

/** Σ p · max(log p, t) over the last axis of log p `[…, k]`, for each t `[…, n]`. */
function clamped(logP: Tensor, t: Tensor): Tensor {
  const row = unsqueeze(logP, -2);
  return clampedSum(exp(row), row, unsqueeze(t, -1));
}

/** The same with log p + 1 for each log p that is not below t, which is what the product rule makes of p · log p. */
function clampedSlope(logP: Tensor, t: Tensor): Tensor {
  const row = unsqueeze(logP, -2);
  const p = exp(row);
  return slopeSum(p, row, timesLogPlusOne(p, row), unsqueeze(t, -1));
}

const entropyOf = sumOf((a, rest) => E.neg(E.mul(E.exp(a!), E.add(a!, rest!))), -1);
const slopeOf = elementwise((a, rest, dy) => E.neg(E.mul(E.mul(E.exp(a!), E.add(a!, rest!)), dy!)));

/**
 * The entropies `[…]` of products of two assignments, from the logarithms a `[…, k]` and b `[…, l]` of their probabilities, which sum
 * to 1.
 *
 * Σ p · max(log p, log 1e-5) over all p = eᵃ · eᵇ is Σ eᵃ · (a + Σ eᵇ · max(b, log 1e-5 − a)). The inner sum is one reduction that
 * stores none of its k · l terms, and the gradients are two more; the chain rule would take three, and longer ones.
 */
export function productEntropy(a: Tensor, b: Tensor): Tensor {
  const y = noGrad(() => entropyOf(a, clamped(b, sub(leastLog, a))));
  const gradient =
    (own: Tensor, other: Tensor) =>
    (dy: Tensor): Tensor =>
      slopeOf(own, clampedSlope(other, sub(leastLog, own)), unsqueeze(dy, -1));
  return withGradients(y, [a, b], [gradient(a, b), gradient(b, a)]);
}
