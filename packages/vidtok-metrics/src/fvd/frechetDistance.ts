import type { FeatureStatistics } from "./featureStatistics.ts";
import { symmetricEigen } from "./symmetricEigen.ts";

/**
 * The Fréchet distance of two normal distributions, |μa - μb|² + tr(A + B - 2 √(A B)), in float64. The covariances may be singular, as
 * those of fewer vectors than features are.
 */
export function frechetDistance(a: FeatureStatistics, b: FeatureStatistics): number {
  const size = a.mean.length;
  if (b.mean.length !== size) {
    throw new RangeError(
      `frechetDistance: a has ${size} features but b has ${b.mean.length}; take both from the same net`,
    );
  }
  let distance = 0;
  for (let i = 0; i < size; i++) {
    const at = i * size + i;
    distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[at]! + b.covariance[at]!;
  }
  return distance - 2 * traceOfRoot(a.covariance, b.covariance, size);
}

/**
 * tr √(A B) as Σ √λ of the symmetric R B Rᵀ, which has the eigenvalues of A B, with R = √Λ V of A = Vᵀ Λ V. Directions without variance
 * are dropped: the root would turn their rounding error of 1e-16 into one of 1e-8.
 */
function traceOfRoot(a: Float64Array, b: Float64Array, size: number): number {
  const { values, vectors } = symmetricEigen(a, size);
  const kept = significant(values);
  const roots = kept.map((i) => {
    const scale = Math.sqrt(values[i]!);
    return vectors.subarray(i * size, (i + 1) * size).map((v) => scale * v);
  });
  const rank = roots.length;
  const product = new Float64Array(rank * rank);
  roots.forEach((left, i) => {
    const row = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      for (let j = 0; j < size; j++) row[j] = row[j]! + left[k]! * b[k * size + j]!;
    }
    for (let j = 0; j <= i; j++) {
      const right = roots[j]!;
      let sum = 0;
      for (let k = 0; k < size; k++) sum += row[k]! * right[k]!;
      product[i * rank + j] = sum;
      product[j * rank + i] = sum;
    }
  });
  const shared = symmetricEigen(product, rank).values;
  return significant(shared).reduce((sum, i) => sum + Math.sqrt(shared[i]!), 0);
}

/** Where the eigenvalues of a positive matrix are more than rounding error. */
function significant(values: Float64Array): number[] {
  const floor = values.length * Number.EPSILON * values.reduce((a, b) => Math.max(a, b), 0);
  return [...values.keys()].filter((i) => values[i]! > floor);
}
