import { concat, contiguous, keep, pad, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/** The last frames that causal layers have seen of a video: what their next frames begin with. */
export class Past {
  readonly #frames = new Map<object, Tensor>();

  /** What a layer has kept, `[n, c, count, h, w]`; undefined where the video begins. */
  of(layer: object): Tensor | undefined {
    return this.#frames.get(layer);
  }

  /** Keeps a copy of the last `count` frames of what a layer has seen, x `[n, c, t, h, w]` at last, instead of older ones; zeros stand in front of a video. */
  keep(layer: object, x: Tensor, count: number): void {
    const before = this.of(layer);
    const missing = count - x.shape[2]!;
    const whole = missing <= 0 ? x : before ? concat([before, x], 2) : pad(x, 2, missing, 0);
    // First, so that the new frames take the place of the old ones.
    before?.free();
    this.#frames.set(layer, keep(contiguous(slice(whole, 2, whole.shape[2]! - count))));
  }

  free(): void {
    for (const frames of this.#frames.values()) frames.free();
    this.#frames.clear();
  }
}
