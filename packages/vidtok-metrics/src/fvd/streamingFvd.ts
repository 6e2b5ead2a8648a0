import type { Video } from "../video.ts";
import { FEATURES } from "./clipSize.ts";
import { FeatureMoments, type FeatureMomentsState } from "./featureMoments.ts";
import type { FvdOptions } from "./fvd.ts";
import { fvdDistance, type FvdDistance } from "./fvdDistance.ts";
import type { I3dFeatures } from "./i3dFeatures.ts";

/** What an `Fvd` has seen, for `merge` in another worker. */
export interface FvdState {
  readonly reals: FeatureMomentsState;
  readonly fakes: FeatureMomentsState;
}

/** The Fréchet video distance of two sets whose videos come one pair after the other; none of them is kept. */
export class Fvd {
  readonly #options: FvdOptions;
  readonly #reals = new FeatureMoments(FEATURES);
  readonly #fakes = new FeatureMoments(FEATURES);
  #opened: Promise<I3dFeatures> | undefined;

  constructor(options: FvdOptions = {}) {
    this.#options = options;
  }

  /** A copy of what has been seen so far. */
  get state(): FvdState {
    return { reals: this.#reals.state, fakes: this.#fakes.state };
  }

  /** Loads the tensor engine and the weights now, which the first `update` does otherwise. */
  async open(): Promise<void> {
    await this.#features();
  }

  /** Adds a pair of videos of 10 frames or more. */
  async update(real: Video, fake: Video): Promise<void> {
    const { checkedClip } = await import("./i3dFeatures.ts");
    const clips = [
      checkedClip("real", real, this.#options),
      checkedClip("fake", fake, this.#options),
    ] as const;
    const features = await this.#features();
    const [ofReal, ofFake] = [await features.of(clips[0]), await features.of(clips[1])];
    this.#reals.update(ofReal);
    this.#fakes.update(ofFake);
  }

  /** Adds what another accumulator has seen. */
  merge({ reals, fakes }: FvdState): void {
    this.#reals.merge(reals);
    this.#fakes.merge(fakes);
  }

  /** The distance of the sets seen so far, two or more videos each. */
  compute(): FvdDistance {
    return fvdDistance({ reals: this.#reals.statistics(), fakes: this.#fakes.statistics() });
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

  async #features(): Promise<I3dFeatures> {
    const { I3dFeatures } = await import("./i3dFeatures.ts");
    return (this.#opened ??= I3dFeatures.open(this.#options));
  }
}
