import { concat, contiguous, keep, slice, upsampleLinear } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { CausalCache } from "./causalCache.ts";
import { lastFrames } from "./lastFrames.ts";
import { upsampleInParts } from "./linearUpsample.ts";

/** A chunk of a video as the reference's chunked mode computes it. */
export interface Chunk {
  readonly isFirst: boolean;
  /** Number of frames of the chunk that a half of the model takes, with those of the look-ahead. */
  readonly frames: number;
  /** Number of frames at its end that belong to the next chunk, and are not kept. */
  readonly ahead: number;
}

/**
 * The reference's cache (`causal_cache`), with its seams: interpolation holds its edges at the end
 * of every chunk.
 */
export class ChunkCache implements CausalCache {
  readonly #frames = new Map<object, Tensor>();
  #chunk: Chunk = { isFirst: true, frames: 1, ahead: 0 };

  /** Says which chunk comes next. */
  begin(chunk: Chunk): void {
    this.#chunk = chunk;
  }

  of(layer: object): Tensor | undefined {
    return this.#frames.get(layer);
  }

  keep(layer: object, x: Tensor, count: number, before?: Tensor): void {
    const { frames, ahead } = this.#chunk;
    const own = x.shape[2]! - (x.shape[2]! * ahead) / frames;
    this.#replace(layer, lastFrames(slice(x, 2, 0, own), count, before));
  }

  upsampleTime(layer: object, x: Tensor, first: number): Tensor {
    const previous = this.of(layer);
    if (this.#chunk.isFirst || !previous) {
      this.#replace(layer, slice(x, 2, Math.max(x.shape[2]! - first, 0)));
      return upsampleInParts(x, first);
    }
    const run = concat([previous, x], 2);
    const count = run.shape[2]!;
    // The group before the last one: right only where the last one is a look-ahead.
    this.#replace(layer, slice(run, 2, count - 2 * first, count - first));
    return slice(upsampleLinear(run, 2), 2, 2 * first);
  }

  free(): void {
    for (const frames of this.#frames.values()) frames.free();
    this.#frames.clear();
  }

  #replace(layer: object, frames: Tensor): void {
    const copy = keep(contiguous(frames));
    this.#frames.get(layer)?.free();
    this.#frames.set(layer, copy);
  }
}
