import type { Conv } from "@vidtok/nn";
import type { Tensor } from "@vidtok/tensor";
import type { Family, NetworkConfig } from "../config/modelConfig.ts";
import type { Layer } from "../layers/layer.ts";
import type { NormDomain } from "../layers/norm.ts";

/** All that distinguishes one family of encoders and decoders from the others. */
export interface FamilyTraits {
  readonly name: Family;
  /** Whether a frame's latents depend on no later frame. */
  readonly isCausal: boolean;
  /** Frames before and after the clip for a kernel of `taps` frames. */
  timePadding(taps: number, stride: number): readonly [before: number, after: number];
  /** What the frames before a video's first ones are, `[n, c, count, h, w]`; undefined: zeros. */
  leftContext(x: Tensor, count: number): Tensor | undefined;
  /** A convolution of `taps` frames, under the name that the family's checkpoints give it. */
  named(conv: Conv, taps: number, stride: number): Layer;
  /** What group norm averages over in 3-D blocks, attention and the last norm. */
  readonly volumeDomain: NormDomain;
  /** What group norm averages over in blocks along time. */
  readonly timeDomain: NormDomain;
  /** How the decoder doubles frames. */
  interpolation(config: NetworkConfig): NetworkConfig["interpolationMode"];
  /** The number of frames that the encoder puts in front of a clip. */
  framesInFront(frames: number, stride: number): number;
  /** The number of frames that the decoder drops in front. */
  framesDropped(stride: number): number;
  /** The part of a reconstruction that `forward` returns for a clip of so many frames. */
  crop(recon: Tensor, frames: number): Tensor;
  /** The nearest lengths, from below and above, of which `forward` returns every frame. */
  fittingLengths(frames: number, stride: number): readonly [below: number, above: number];
  /**
   * Whether a video can begin with so many frames, when the next come in multiples of the stride.
   */
  canBegin(frames: number, stride: number): boolean;
}
