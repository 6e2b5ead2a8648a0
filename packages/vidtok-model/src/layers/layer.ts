import type { ConvSurroundings } from "@vidtok/nn";
import type { Tensor } from "@vidtok/tensor";
import type { CausalCache } from "./causalCache.ts";

/** Arguments of a layer besides its input. */
export interface LayerOptions extends Omit<ConvSurroundings, "before"> {
  /** Given where x continues a video, or another part of the video follows. */
  readonly cache?: CausalCache | undefined;
}

/** A layer that maps a video `[n, c, t, h, w]` to another one. */
export interface Layer {
  forward(x: Tensor, options?: LayerOptions): Tensor;
}
