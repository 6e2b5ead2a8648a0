/** A mean over frames that is still growing, as plain numbers: what one worker sends to another. */
export interface FrameMeanState {
  /** Frames so far. */
  readonly count: number;
  /** The sum of their values. */
  readonly sum: number;
}

/** The mean of what a metric found for frames, one after the other. */
export class FrameMean {
  readonly #op: string;
  #count = 0;
  #sum = 0;

  constructor(op: string) {
    this.#op = op;
  }

  get state(): FrameMeanState {
    return { count: this.#count, sum: this.#sum };
  }

  add(values: Float64Array): void {
    this.#count += values.length;
    for (const value of values) this.#sum += value;
  }

  merge({ count, sum }: FrameMeanState): void {
    this.#count += count;
    this.#sum += sum;
  }

  compute(): { readonly mean: number; readonly count: number } {
    if (this.#count === 0) {
      throw new RangeError(`${this.#op}: 0 frames have no mean; call update first`);
    }
    return { mean: this.#sum / this.#count, count: this.#count };
  }
}
