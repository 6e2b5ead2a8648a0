import { concat, contiguous, keep, pad, share, slice, sizeOf } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/** The last frames that causal layers have seen of a video: what their next frames begin with. */
export class Past {
  readonly #frames = new Map<object, Tensor>();

  /** What a layer has kept, `[n, c, count, h, w]`; undefined where the video begins. */
  of(layer: object): Tensor | undefined {
    return this.#frames.get(layer);
  }

  /** Keeps the last `count` frames of what a layer has seen, x `[n, c, t, h, w]` at last, instead of older ones; zeros stand in front of a video. */
  keep(layer: object, x: Tensor, count: number): void {
    const before = this.of(layer);
    const missing = count - x.shape[2]!;
    const whole = missing <= 0 ? x : before ? concat([before, x], 2) : pad(x, 2, missing, 0);
    // First, so that the new frames take the place of the old ones.
    before?.free();
    const last = slice(whole, 2, whole.shape[2]! - count);
    // A copy lets go of the other frames.
    const isAll = sizeOf(last.shape) === whole.block.storage.size;
    this.#frames.set(layer, keep(isAll ? share(last) : contiguous(last)));
  }

  free(): void {
    for (const frames of this.#frames.values()) frames.free();
    this.#frames.clear();
  }
}
