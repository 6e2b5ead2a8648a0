import { forwardScope, layerNorm, type Tensor } from "@vidtok/tensor";
import { ones, zeros } from "../initialisers.ts";
import { Parameter } from "../parameter.ts";

/** Options of the normalisation layers. */
export interface NormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

/** Normalises every position of `[n, c, …]` over its channels. */
export class LayerNorm {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #eps: number;

  constructor(channels: number, { eps = 1e-5 }: NormOptions = {}) {
    this.weight = new Parameter([channels], ones);
    this.bias = new Parameter([channels], zeros);
    this.#eps = eps;
  }

  forward(x: Tensor): Tensor {
    return forwardScope(() => layerNorm(x, this.weight.value, this.bias.value, this.#eps));
  }
}
