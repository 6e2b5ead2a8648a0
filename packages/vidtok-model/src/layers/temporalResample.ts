import { constant, Parameter } from "@vidtok/nn";
import { avgPool, concat, pad, sigmoid } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "../config/modelConfig.ts";
import type { FamilyTraits } from "../families/familyTraits.ts";
import { traitsOf } from "../families/traitsOf.ts";
import { volumeConv } from "./convs.ts";
import type { Layer, LayerOptions } from "./layer.ts";
import { upsampleInParts } from "./linearUpsample.ts";
import { stage } from "./stage.ts";
import type { Stage } from "./stage.ts";

const mixStart = 2;

/**
 * Halves the frames (rounding down): a learned mix of an average over three frames and a strided
 * convolution.
 */
export class TemporalDown implements Layer {
  readonly mix_factor: Parameter;
  readonly conv: Layer;
  readonly #traits: FamilyTraits;

  constructor(config: NetworkConfig, channels: number) {
    this.#traits = traitsOf(config);
    this.mix_factor = new Parameter([1], constant(mixStart));
    this.conv = volumeConv(this.#traits, channels, channels, { timeStride: 2 });
  }

  stage(): Stage {
    return stage((x, cache) => this.forward(x, { cache }), { reach: 1 });
  }

  forward(x: Tensor, { cache }: LayerOptions = {}): Tensor {
    const [count, after] = this.#traits.timePadding(3, 2);
    const before = cache?.of(this.conv) ?? this.#traits.leftContext(x, count);
    // A zero frame counts in the average, which always divides by 3.
    const padded = before ? concat([before, x], 2) : pad(x, 2, count, after);
    const residual = avgPool(padded, { kernel: [3, 1, 1], stride: [2, 1, 1] });
    return this.conv.forward(x, { cache, residual, mix: sigmoid(this.mix_factor.value) });
  }
}

/**
 * Doubles the frames: a learned mix of repeated or interpolated frames and a convolution of them.
 */
export class TemporalUp implements Layer {
  readonly mix_factor: Parameter;
  readonly conv: Layer;
  readonly #interpolation: NetworkConfig["interpolationMode"];
  readonly #latentFrames: number;

  /** `latentFrames`: the number of input frames that stand for one latent frame. */
  constructor(config: NetworkConfig, channels: number, latentFrames: number) {
    const traits = traitsOf(config);
    this.mix_factor = new Parameter([1], constant(mixStart));
    this.conv = volumeConv(traits, channels, channels);
    this.#interpolation = traits.interpolation(config);
    this.#latentFrames = latentFrames;
  }

  stage(): Stage {
    return stage((x, cache) => this.forward(x, { cache }), { reach: 1 });
  }

  forward(x: Tensor, { cache }: LayerOptions = {}): Tensor {
    const mix = sigmoid(this.mix_factor.value);
    if (this.#interpolation === "nearest") {
      return this.conv.forward(x, { cache, upsample: [2], residual: x, mix });
    }
    const first = this.#latentFrames;
    const u = cache ? cache.upsampleTime(this, x, first) : upsampleInParts(x, first);
    return this.conv.forward(u, { cache, residual: u, mix });
  }
}
