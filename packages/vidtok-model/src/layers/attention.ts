import { attention, permute, reshape } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "../config/modelConfig.ts";
import { traitsOf } from "../families/traitsOf.ts";
import { volumeConv } from "./convs.ts";
import { makeNorm } from "./norm.ts";
import type { Norm } from "./norm.ts";
import type { Layer } from "./layer.ts";

/**
 * `x + proj_out(attention)`, where the positions of each frame attend to each other with one head.
 */
export class FrameAttention implements Layer {
  readonly norm: Norm;
  readonly q: Layer;
  readonly k: Layer;
  readonly v: Layer;
  readonly proj_out: Layer;

  constructor(config: NetworkConfig, channels: number) {
    const traits = traitsOf(config);
    const point = (): Layer => volumeConv(traits, channels, channels, { taps: 1 });
    this.norm = makeNorm(config.normType, channels, traits.volumeDomain);
    this.q = point();
    this.k = point();
    this.v = point();
    this.proj_out = point();
  }

  forward(x: Tensor): Tensor {
    const [n, c, t, h, w] = x.shape as [number, number, number, number, number];
    const normed = this.norm.forward(x);
    const tokens = (layer: Layer): Tensor =>
      reshape(permute(layer.forward(normed), [0, 2, 3, 4, 1]), [n * t, h * w, c]);
    const attended = attention(tokens(this.q), tokens(this.k), tokens(this.v));
    const video = permute(reshape(attended, [n, t, h, w, c]), [0, 4, 1, 2, 3]);
    return this.proj_out.forward(video, { residual: x });
  }
}
