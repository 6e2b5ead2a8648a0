import { FrameMean } from "./frameMean.ts";
import { psnr, type PsnrResult } from "./psnr.ts";
import { ssim, type SsimOptions, type SsimResult } from "./ssim.ts";
import type { PairOptions, Video } from "./video.ts";

/** The mean PSNR of all frames of many videos, whatever their lengths and sizes. */
export class Psnr extends FrameMean {
  readonly #options: PairOptions;

  constructor(options: PairOptions = {}) {
    super("psnr");
    this.#options = options;
  }

  /** Adds a pair of videos and returns their own result. */
  update(real: Video, fake: Video): PsnrResult {
    return this.add(psnr(real, fake, this.#options));
  }
}

/** The mean SSIM of all frames of many videos, whatever their lengths and sizes. */
export class Ssim extends FrameMean {
  readonly #options: SsimOptions;

  constructor(options: SsimOptions = {}) {
    super("ssim");
    this.#options = options;
  }

  /** Adds a pair of videos and returns their own result. */
  update(real: Video, fake: Video): SsimResult {
    return this.add(ssim(real, fake, this.#options));
  }
}
