import { concat, contiguous, keep, share, sizeOf, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { CausalCache } from "./causalCache.ts";
import { lastFrames } from "./lastFrames.ts";
import { upsampleInParts } from "./linearUpsample.ts";

/** The cache with which frames in parts have the numbers of the whole video at once. */
export class StreamCache implements CausalCache {
  /** Whether the video ends with the frames that come next. */
  isEnding = false;
  readonly #frames = new Map<object, Tensor>();
  readonly #counts = new Map<object, number>();

  of(layer: object): Tensor | undefined {
    return this.#frames.get(layer);
  }

  keep(layer: object, x: Tensor, count: number, before?: Tensor): void {
    const last = lastFrames(x, count, before);
    // First, so that the new frames take the place of the old ones.
    this.of(layer)?.free();
    // A copy releases the other frames.
    const isAll = sizeOf(last.shape) === last.block.storage.size;
    this.#frames.set(layer, keep(isAll ? share(last) : contiguous(last)));
    this.#counts.set(layer, (this.#counts.get(layer) ?? 0) + x.shape[2]!);
  }

  /**
   * The second of the two frames that stand for the last one is interpolated with the frame after
   * it, and so comes with that one.
   */
  upsampleTime(layer: object, x: Tensor, first: number): Tensor {
    const start = this.#counts.get(layer) ?? 0;
    const end = start + x.shape[2]!;
    const previous = start === first ? undefined : this.of(layer);
    const run = previous ? concat([previous, x], 2) : x;
    const u = upsampleInParts(run, first - end + run.shape[2]!);
    const isWhole = end === first || this.isEnding;
    this.keep(layer, x, 1);
    return slice(u, 2, previous ? 1 : 0, u.shape[2]! - (isWhole ? 0 : 1));
  }

  free(): void {
    for (const frames of this.#frames.values()) frames.free();
    this.#frames.clear();
    this.#counts.clear();
  }
}
