import {
  add,
  batchNorm,
  elementwise,
  E,
  forwardScope,
  moments,
  noGrad,
  reshape,
  scope,
  sizeOf,
  type Moments,
  type Tensor,
} from "@vidtok/tensor";
import { ones, zeros } from "../initialisers.ts";
import { Parameter } from "../parameter.ts";
import type { NormOptions } from "./layerNorm.ts";

/** Options of `BatchNorm`. */
export interface BatchNormLayerOptions extends NormOptions {
  /** Share of a batch in the running statistics; default 0.1. */
  readonly momentum?: number;
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

  constructor(channels: number, { eps = 1e-5, momentum = 0.1 }: BatchNormLayerOptions = {}) {
    this.weight = new Parameter([channels], ones);
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

  /** Training: with the batch's own statistics; `next` are the running ones after this batch, for `update`. */
  train(x: Tensor): { readonly y: Tensor; readonly next: Moments } {
    return forwardScope(() => ({
      y: batchNorm(x, this.weight.value, this.bias.value, { eps: this.#eps }),
      next: noGrad(() => scope(() => this.#next(x))),
    }));
  }

  /** Makes `next` the running statistics and counts one batch. */
  update(next: Moments): void {
    this.running_mean.value = next.mean;
    this.running_var.value = next.variance;
    this.num_batches_tracked.value = noGrad(() => add(this.num_batches_tracked.value, 1));
  }

  #next(x: Tensor): Moments {
    const axes = x.shape.map((_, axis) => axis).toSpliced(1, 1);
    const count = sizeOf(axes.map((axis) => x.shape[axis]!));
    const batch = moments(x, axes);
    const share = this.#momentum;
    const blend = (running: Parameter, found: Tensor, scale: number): Tensor =>
      elementwise((r, b) => E.add(E.mul(1 - share, r!), E.mul(share * scale, b!)))(
        running.value,
        reshape(found, running.shape),
      );
    return {
      mean: blend(this.running_mean, batch.mean, 1),
      // The running variance is the unbiased one.
      variance: blend(this.running_var, batch.variance, count / (count - 1)),
    };
  }
}
