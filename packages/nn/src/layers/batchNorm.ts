import {
  add,
  batchNorm,
  checkFinite,
  checkWhole,
  forwardScope,
  moments,
  mul,
  noGrad,
  reshape,
  scope,
  sizeOf,
  type Moments,
  type Tensor,
} from "@vidtok/tensor";
import { ones, zeros, type Initialiser } from "../initialisers.ts";
import { Parameter } from "../parameter.ts";
import type { NormOptions } from "./layerNorm.ts";

/** Options of `BatchNorm`. */
export interface BatchNormLayerOptions extends NormOptions {
  /** Share of a batch in the running statistics; default 0.1. */
  readonly momentum?: number;
  /** First value of the weight; default all ones. */
  readonly initialiser?: Initialiser;
}

/** Normalises `[n, c, …]` over everything but its channels. The running statistics change only by `update`. */
export class BatchNorm {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly running_mean: Parameter;
  readonly running_var: Parameter;
  readonly num_batches_tracked: Parameter;
  readonly #eps: number;
  readonly #momentum: number;

  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    const { eps = 1e-5, momentum = 0.1, initialiser = ones } = options;
    checkWhole("batchNorm", "the number of channels", channels, 1);
    checkFinite("batchNorm", "eps", eps, 0);
    checkFinite("batchNorm", "the momentum", momentum, 0);
    this.weight = new Parameter([channels], initialiser);
    this.bias = new Parameter([channels], zeros);
    this.running_mean = new Parameter([channels], zeros, "buffer");
    this.running_var = new Parameter([channels], ones, "buffer");
    this.num_batches_tracked = new Parameter([], zeros, "buffer");
    this.#eps = eps;
    this.#momentum = momentum;
  }

  /** Evaluation: with the running statistics. */
  forward(x: Tensor): Tensor {
    const running = { mean: this.running_mean.value, variance: this.running_var.value };
    return forwardScope(() =>
      batchNorm(x, this.weight.value, this.bias.value, { running, eps: this.#eps }),
    );
  }

  /** Training: with the batch's own statistics, which are handed out for `update`. */
  train(x: Tensor): { readonly y: Tensor; readonly batch: Moments } {
    return forwardScope(() => ({
      y: batchNorm(x, this.weight.value, this.bias.value, { eps: this.#eps }),
      batch: noGrad(() => scope(() => this.#statistics(x))),
    }));
  }

  /** Moves the running statistics towards those of a batch and counts it. */
  update({ mean, variance }: Moments): void {
    const share = this.#momentum;
    const move = (running: Parameter, found: Tensor): void => {
      running.value = noGrad(() =>
        scope(() => add(mul(running.value, 1 - share), mul(found, share))),
      );
    };
    move(this.running_mean, mean);
    move(this.running_var, variance);
    this.num_batches_tracked.value = noGrad(() => add(this.num_batches_tracked.value, 1));
  }

  #statistics(x: Tensor): Moments {
    const axes = x.shape.map((_, axis) => axis).toSpliced(1, 1);
    const count = sizeOf(axes.map((axis) => x.shape[axis]!));
    const { mean, variance } = moments(x, axes);
    const { shape } = this.running_mean;
    return {
      mean: reshape(mean, shape),
      // The running variance is the unbiased one.
      variance: mul(reshape(variance, shape), count / (count - 1)),
    };
  }
}
