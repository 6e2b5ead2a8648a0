import { FrameMean, type FrameMeanState } from "./frameMean.ts";
import { ssim, type SsimOptions, type SsimResult } from "./ssim.ts";
import type { Video } from "./video.ts";

/** The mean SSIM of all frames of many videos, whatever their lengths and sizes. */
export class Ssim {
  readonly #options: SsimOptions;
  readonly #mean = new FrameMean("ssim");

  constructor(options: SsimOptions = {}) {
    this.#options = options;
  }

  /** What has been seen so far, for `merge` in another worker. */
  get state(): FrameMeanState {
    return this.#mean.state;
  }

  /** Adds a pair of videos and returns their own result. */
  update(real: Video, fake: Video): SsimResult {
    const result = ssim(real, fake, this.#options);
    this.#mean.add(result.frames);
    return result;
  }

  /** Adds what another accumulator has seen. */
  merge(state: FrameMeanState): void {
    this.#mean.merge(state);
  }

  /** The mean over the `count` frames seen so far. */
  compute(): { readonly mean: number; readonly count: number } {
    return this.#mean.compute();
  }
}
