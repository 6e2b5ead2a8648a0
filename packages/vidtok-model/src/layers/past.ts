import { concat, contiguous, keep, pad, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/** The last frames that each layer of a causal network has seen of a video: where the network goes on with the next ones. */
export class StreamState {
  readonly #frames: Map<object, Tensor>;

  constructor(frames: Map<object, Tensor>) {
    this.#frames = frames;
  }

  /** What a layer has kept, `[n, c, count, h, w]`. */
  of(layer: object): Tensor {
    const frames = this.#frames.get(layer);
    if (frames) return frames;
    throw new Error(
      "stream: this state has been used up; go on with the one that the call before returned",
    );
  }

  /** Gives a layer's memory back. */
  forget(layer: object): void {
    this.#frames.get(layer)?.free();
    this.#frames.delete(layer);
  }

  /** Gives all memory back, where a video ends or is given up. */
  free(): void {
    for (const layer of this.#frames.keys()) this.forget(layer);
  }
}

/** What the layers of a causal network take of the frames before, and keep for those that follow, in one pass. */
export class Past {
  readonly #before: StreamState | undefined;
  readonly #kept = new Map<object, Tensor>();

  constructor(before: StreamState | undefined) {
    this.#before = before;
  }

  /** Whether the video begins with this pass. */
  get isBeginning(): boolean {
    return this.#before === undefined;
  }

  /** What a layer has kept; undefined where the video begins. */
  of(layer: object): Tensor | undefined {
    return this.#before?.of(layer);
  }

  /** Keeps copies of the last `count` frames of what a layer has seen, x `[n, c, t, h, w]` at last, instead of older ones; zeros stand in front of a video. */
  keep(layer: object, x: Tensor, count: number): void {
    const missing = count - x.shape[2]!;
    const before = this.of(layer);
    const whole = missing <= 0 ? x : before ? concat([before, x], 2) : pad(x, 2, missing, 0);
    this.#kept.set(layer, keep(contiguous(slice(whole, 2, whole.shape[2]! - count))));
    // At once, since all the state is most of what a pass holds.
    this.#before?.forget(layer);
  }

  /** What has been kept. */
  get state(): StreamState {
    return new StreamState(this.#kept);
  }
}
