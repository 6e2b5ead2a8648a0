import { ShapeError } from "@vidtok/tensor";
import type { StreamCache } from "./layers/streamCache.ts";

/** Batch, height and width of the frames of a stream. */
export type FrameSize = readonly [batch: number, height: number, width: number];

/**
 * Where a causal model's encoder or decoder stopped in a video: the last frames that its layers
 * have seen. One call can continue from it.
 */
export class StreamState {
  readonly #half: object;
  readonly #size: FrameSize;
  #caches: readonly StreamCache[] | undefined;

  /** `half`: the encoder or decoder whose layers the caches belong to. */
  constructor(half: object, size: FrameSize, caches: readonly StreamCache[]) {
    this.#half = half;
    this.#size = size;
    this.#caches = caches;
  }

  /** The cache of each segment, for the call that continues with frames of `size`. */
  take(half: object, size: FrameSize): readonly StreamCache[] {
    const caches = this.#caches;
    if (!caches) {
      throw new Error(
        "stream: this state has been used up; continue with the one that the call before returned",
      );
    }
    if (half !== this.#half) {
      throw new Error(
        "stream: this state belongs to another model, or to the other half of this one; " +
          "continue with the one that the same method of this model returned",
      );
    }
    if (size.some((length, i) => length !== this.#size[i])) {
      throw new ShapeError(
        `stream: ${shown(size)} cannot continue a video of ${shown(this.#size)}; ` +
          "begin another one without a state",
      );
    }
    this.#caches = undefined;
    return caches;
  }

  /** Frees its memory, where a video ends or is given up. */
  free(): void {
    for (const cache of this.#caches ?? []) cache.free();
    this.#caches = undefined;
  }
}

function shown([batch, height, width]: FrameSize): string {
  return `${batch} x ${height} x ${width} (batch, height, width)`;
}
