/** Mean and covariance of the feature vectors of a set of videos. */
export interface FeatureStatistics {
  /** Vectors. */
  readonly count: number;
  /** `[features]`. */
  readonly mean: Float64Array;
  /** Unbiased, `[features, features]`. */
  readonly covariance: Float64Array;
}

/** Mean and unbiased covariance, in float64, of at least two vectors of one length. */
export function featureStatistics(vectors: readonly ArrayLike<number>[]): FeatureStatistics {
  const count = vectors.length;
  if (count < 2) {
    throw new RangeError(
      `featureStatistics: ${count} vectors have no covariance, needed 2 or more`,
    );
  }
  const size = vectors[0]!.length;
  const mean = new Float64Array(size);
  for (const [row, vector] of vectors.entries()) {
    if (vector.length !== size) {
      throw new RangeError(
        `featureStatistics: vector ${row} has ${vector.length} numbers but vector 0 has ${size}`,
      );
    }
    for (let i = 0; i < size; i++) {
      const value = vector[i]!;
      if (!Number.isFinite(value)) {
        throw new RangeError(`featureStatistics: number ${i} of vector ${row} is ${value}`);
      }
      mean[i] = mean[i]! + value / count;
    }
  }
  const covariance = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (const vector of vectors) {
    for (let i = 0; i < size; i++) centred[i] = vector[i]! - mean[i]!;
    for (let i = 0; i < size; i++) {
      const weight = centred[i]! / (count - 1);
      for (let j = 0; j < size; j++) {
        covariance[i * size + j] = covariance[i * size + j]! + weight * centred[j]!;
      }
    }
  }
  return { count, mean, covariance };
}
