import { constant, Parameter } from "@vidtok/nn";
import { avgPool, concat, pad, sigmoid } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "../config/modelConfig.ts";
import { traitsOf, volumeConv } from "./family.ts";
import type { FamilyTraits } from "./family.ts";
import type { Layer, LayerOptions } from "./layer.ts";

const mixStart = 2;

/** Halves the frames (rounding down): a learned mix of an average over three frames and a strided convolution. */
export class TemporalDown implements Layer {
  readonly mix_factor: Parameter;
  readonly conv: Layer;
  readonly #traits: FamilyTraits;

  constructor(config: NetworkConfig, channels: number) {
    this.#traits = traitsOf(config);
    this.mix_factor = new Parameter([1], constant(mixStart));
    this.conv = volumeConv(this.#traits, channels, channels, { timeStride: 2 });
  }

  forward(x: Tensor, { past }: LayerOptions = {}): Tensor {
    const before = past?.of(this.conv);
    // A zero frame counts in the average, which always divides by 3.
    const padded = before ? concat([before, x], 2) : pad(x, 2, ...this.#traits.timePadding(3, 2));
    const residual = avgPool(padded, { kernel: [3, 1, 1], stride: [2, 1, 1] });
    return this.conv.forward(x, { past, residual, mix: sigmoid(this.mix_factor.value) });
  }
}

/** Doubles the frames: a learned mix of repeated frames and a convolution of them. */
export class TemporalUp implements Layer {
  readonly mix_factor: Parameter;
  readonly conv: Layer;

  constructor(config: NetworkConfig, channels: number) {
    this.mix_factor = new Parameter([1], constant(mixStart));
    this.conv = volumeConv(traitsOf(config), channels, channels);
  }

  forward(x: Tensor, { past }: LayerOptions = {}): Tensor {
    const mix = sigmoid(this.mix_factor.value);
    return this.conv.forward(x, { past, upsample: [2], residual: x, mix });
  }
}
