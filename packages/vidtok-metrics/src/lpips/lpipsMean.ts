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

  /** Loads the tensor engine and the weights now, which the first `update` does otherwise. */
  async open(): Promise<void> {
    await this.#frames();
  }

  /** Adds a pair of RGB videos and returns their own result. */
  async update(real: Video, fake: Video): Promise<LpipsResult> {
    const { checkedPair } = await import("./lpipsFrames.ts");
    const videos = checkedPair(real, fake, this.#options);
    return this.add(await (await this.#frames()).of(videos));
  }

  /** Frees the weights, unless a loaded net was given. */
  async dispose(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // What could not be opened was told then.
    (await opened?.catch(() => undefined))?.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #frames(): Promise<LpipsFrames> {
    const { LpipsFrames } = await import("./lpipsFrames.ts");
    return (this.#opened ??= LpipsFrames.open(this.#options));
  }
}
