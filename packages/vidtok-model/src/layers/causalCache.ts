import type { Tensor } from "@vidtok/tensor";

/** The last frames that causal layers have seen of a video: the context of its next frames. */
export interface CausalCache {
  /** The frames a layer has kept, `[n, c, count, h, w]`; undefined where the video begins. */
  of(layer: object): Tensor | undefined;
  /**
   * Replaces the frames of a layer by the last `count` of those in front of x `[n, c, t, h, w]`,
   * zeros if `before` is undefined, and of x.
   */
  keep(layer: object, x: Tensor, count: number, before?: Tensor): void;
  /**
   * x at twice its length by linear interpolation in time. The first `first` frames of a video are
   * interpolated apart from the rest.
   */
  upsampleTime(layer: object, x: Tensor, first: number): Tensor;
}
