import { add, checkWhole, forwardScope, matmul, transpose, type Tensor } from "@vidtok/tensor";
import { uniformFanIn } from "../initialisers.ts";
import { Parameter } from "../parameter.ts";

/** Options of `Linear`. */
export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/** x · weightᵀ + bias over the last axis of `[…, m, in]`, with a weight `[out, in]`. */
export class Linear {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(inFeatures: number, outFeatures: number, { bias = true }: LinearOptions = {}) {
    checkWhole("linear", "the number of inputs", inFeatures, 1);
    checkWhole("linear", "the number of outputs", outFeatures, 1);
    const initialiser = uniformFanIn(inFeatures);
    this.weight = new Parameter([outFeatures, inFeatures], initialiser);
    this.bias = bias ? new Parameter([outFeatures], initialiser) : undefined;
  }

  forward(x: Tensor): Tensor {
    return forwardScope(() => {
      const y = matmul(x, transpose(this.weight.value));
      return this.bias ? add(y, this.bias.value) : y;
    });
  }
}
