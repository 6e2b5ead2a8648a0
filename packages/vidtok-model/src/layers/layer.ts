import type { Tensor } from "@vidtok/tensor";

/** A layer that maps a video `[n, c, t, h, w]` to another one. */
export interface Layer {
  forward(x: Tensor): Tensor;
}

/** A layer one name deeper, under `conv`, where the checkpoints of the causal family have it. */
export class CausalConv implements Layer {
  readonly conv: Layer;

  constructor(conv: Layer) {
    this.conv = conv;
  }

  forward(x: Tensor): Tensor {
    return this.conv.forward(x);
  }
}
