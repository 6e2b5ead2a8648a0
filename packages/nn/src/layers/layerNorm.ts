import {
  checkFinite,
  checkWhole,
  forwardScope,
  layerNorm,
  type Activation,
  type Tensor,
} from "@vidtok/tensor";
import { ones, zeros } from "../initialisers.ts";
import { Parameter } from "../parameter.ts";

/** Options of the normalisation layers. */
export interface NormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

/** Normalises every position of `[n, c, …]` over its channels; an activation may follow in the same pass. */
export class LayerNorm {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #eps: number;

  constructor(channels: number, { eps = 1e-5 }: NormOptions = {}) {
    checkWhole("layerNorm", "the number of channels", channels, 1);
    checkFinite("layerNorm", "eps", eps, 0);
    this.weight = new Parameter([channels], ones);
    this.bias = new Parameter([channels], zeros);
    this.#eps = eps;
  }

  forward(x: Tensor, activation: Activation = "none"): Tensor {
    const { weight, bias } = this;
    const options = { eps: this.#eps, activation };
    return forwardScope(() => layerNorm(x, weight.value, bias.value, options));
  }
}
