import { FrameMean } from "../frameMean.ts";
import type { PairOptions, Video } from "../video.ts";
import type { LpipsOptions, LpipsResult } from "./lpips.ts";
import type { LpipsFrames } from "./lpipsFrames.ts";

/** The mean LPIPS of all frames of many videos, whatever their lengths and sizes; the weights are loaded once. */
export class LpipsMean extends FrameMean {
  readonly #options: PairOptions & LpipsOptions;
  #opened: Promise<LpipsFrames> | undefined;

  constructor(options: PairOptions & LpipsOptions = {}) {
    super("lpips");
    this.#options = options;
  }

  /** Adds a pair of RGB videos and returns their own result; the first call loads the tensor engine and the weights. */
  async update(real: Video, fake: Video): Promise<LpipsResult> {
    const { checkedPair, LpipsFrames } = await import("./lpipsFrames.ts");
    const videos = checkedPair(real, fake, this.#options);
    this.#opened ??= LpipsFrames.open(this.#options);
    return this.add(await (await this.#opened).of(videos));
  }

  /** Frees the weights, unless a loaded net was given. */
  async free(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened)?.free();
  }
}
