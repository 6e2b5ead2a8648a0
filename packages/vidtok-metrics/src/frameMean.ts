/** A mean over frames that is still growing, as plain numbers: what one worker sends to another. */
export interface FrameMeanState {
  /** Frames so far. */
  readonly count: number;
  /** The sum of their values. */
  readonly sum: number;
}

/** The mean over frames of a metric of many videos; what makes values of videos is a subclass's `update`. */
export abstract class FrameMean {
  readonly #op: string;
  #count = 0;
  #sum = 0;

  constructor(op: string) {
    this.#op = op;
  }

  /** What has been seen so far, for `merge` in another worker. */
  get state(): FrameMeanState {
    return { count: this.#count, sum: this.#sum };
  }

  /** Adds what another accumulator has seen. */
  merge({ count, sum }: FrameMeanState): void {
    this.#count += count;
    this.#sum += sum;
  }

  /** The mean over the `count` frames seen so far. */
  compute(): { readonly mean: number; readonly count: number } {
    if (this.#count === 0) {
      throw new RangeError(`${this.#op}: 0 frames have no mean; call update first`);
    }
    return { mean: this.#sum / this.#count, count: this.#count };
  }

  protected add<R extends { readonly frames: Float64Array }>(result: R): R {
    this.#count += result.frames.length;
    for (const value of result.frames) this.#sum += value;
    return result;
  }
}
