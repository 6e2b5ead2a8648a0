import { constant, Parameter } from "@vidtok/nn";
import { avgPool, E, elementwise, pad, upsampleNearest } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "../config/modelConfig.ts";
import { traitsOf, volumeConv } from "./family.ts";
import type { FamilyTraits } from "./family.ts";
import type { Layer } from "./layer.ts";

// α·a + (1 − α)·b with α = sigmoid(m)
const mix = elementwise((a, b, m) => {
  const alpha = E.sigmoid(m!);
  return E.add(E.mul(alpha, a!), E.mul(E.sub(1, alpha), b!));
});

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

  forward(x: Tensor): Tensor {
    // The zero frame counts in the average, which always divides by 3.
    const padded = pad(x, 2, ...this.#traits.timePadding(3, 2));
    const pooled = avgPool(padded, { kernel: [3, 1, 1], stride: [2, 1, 1] });
    return mix(pooled, this.conv.forward(x), this.mix_factor.value);
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

  forward(x: Tensor): Tensor {
    const twice = upsampleNearest(x, [2]);
    return mix(twice, this.conv.forward(twice), this.mix_factor.value);
  }
}
