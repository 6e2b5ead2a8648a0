import type { FeatureStatistics } from "./featureStatistics.ts";

/** Moments of feature vectors, as plain numbers: what one worker sends to another. */
export interface FeatureMomentsState {
  /** Vectors so far. */
  readonly count: number;
  /** `[features]`. */
  readonly mean: Float64Array;
  /** Σ (x - mean)(x - mean)ᵀ, `[features, features]`. */
  readonly comoments: Float64Array;
}

/** Mean and covariance of feature vectors that come one after the other, without keeping them. */
export class FeatureMoments {
  readonly #size: number;
  #count = 0;
  readonly #mean: Float64Array;
  readonly #comoments: Float64Array;

  constructor(size: number) {
    this.#size = size;
    this.#mean = new Float64Array(size);
    this.#comoments = new Float64Array(size * size);
  }

  /** A copy of what has been seen so far. */
  get state(): FeatureMomentsState {
    return {
      count: this.#count,
      mean: this.#mean.slice(),
      comoments: this.#comoments.slice(),
    };
  }

  update(vector: ArrayLike<number>): void {
    this.#join(1, vector);
  }

  merge({ count, mean, comoments }: FeatureMomentsState): void {
    if (count === 0) return;
    this.#join(count, mean);
    for (let i = 0; i < comoments.length; i++) {
      this.#comoments[i] = this.#comoments[i]! + comoments[i]!;
    }
  }

  /** The statistics of the vectors seen so far, two or more. */
  statistics(): FeatureStatistics {
    const count = this.#count;
    if (count < 2) {
      throw new RangeError(
        `fvd: ${count} videos have no covariance, needed 2 or more; call update`,
      );
    }
    const covariance = this.#comoments.map((value) => value / (count - 1));
    return { count, mean: this.#mean.slice(), covariance };
  }

  /** Moves the mean to that of both groups; what lies between the two means adds to the spread (Chan et al. 1979). */
  #join(count: number, mean: ArrayLike<number>): void {
    if (mean.length !== this.#size) {
      throw new RangeError(`fvd: a vector has ${mean.length} features, needed ${this.#size}`);
    }
    const size = this.#size;
    const total = this.#count + count;
    const apart = Float64Array.from({ length: size }, (_, i) => mean[i]! - this.#mean[i]!);
    const weight = (this.#count * count) / total;
    for (let i = 0; i < size; i++) {
      const scaled = weight * apart[i]!;
      for (let j = 0; j < size; j++) {
        this.#comoments[i * size + j] = this.#comoments[i * size + j]! + scaled * apart[j]!;
      }
      this.#mean[i] = this.#mean[i]! + (apart[i]! * count) / total;
    }
    this.#count = total;
  }
}
