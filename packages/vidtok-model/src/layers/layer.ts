import type { ConvSurroundings } from "@vidtok/nn";
import type { Tensor } from "@vidtok/tensor";
import type { Past } from "./past.ts";

/** What a layer is told besides its input. */
export interface LayerOptions extends ConvSurroundings {
  /** Given where x goes on with a video whose frames came before. */
  readonly past?: Past | undefined;
}

/** A layer that maps a video `[n, c, t, h, w]` to another one. */
export interface Layer {
  forward(x: Tensor, options?: LayerOptions): Tensor;
}

/** A convolution that sees the last `reach` frames before each of its own; its names are one deeper, under `conv`, in the checkpoints of the causal family. */
export class CausalConv implements Layer {
  readonly conv: Layer;
  readonly #reach: number;

  constructor(conv: Layer, reach: number) {
    this.conv = conv;
    this.#reach = reach;
  }

  forward(x: Tensor, { past, ...surroundings }: LayerOptions = {}): Tensor {
    if (!past || this.#reach === 0) return this.conv.forward(x, surroundings);
    const y = this.conv.forward(x, { ...surroundings, before: past.of(this) });
    past.keep(this, x, surroundings.upsample?.includes(2) ? this.#reach / 2 : this.#reach);
    return y;
  }
}
