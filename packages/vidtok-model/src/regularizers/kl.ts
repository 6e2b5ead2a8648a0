import {
  clamp,
  E,
  elementwise,
  ShapeError,
  show,
  sizeOf,
  slice,
  sum,
  tensor,
} from "@vidtok/tensor";
import { div } from "@vidtok/tensor";
import type { Random, Tensor } from "@vidtok/tensor";
import type { KlConfig } from "../config/modelConfig.ts";
import type { RegLog, Regularizer, RegularizerPass } from "./regularizer.ts";

// mean + exp(logvar / 2) · noise
const drawn = elementwise((mean, logvar, noise) =>
  E.add(mean!, E.mul(E.exp(E.mul(logvar!, 0.5)), noise!)),
);

// (mean² + exp(logvar) − 1 − logvar) / 2, the divergence from a standard normal
const divergence = elementwise((mean, logvar) =>
  E.mul(0.5, E.sub(E.add(E.mul(mean!, mean!), E.sub(E.exp(logvar!), 1)), logvar!)),
);

/** A diagonal Gaussian whose mean and log variance are the two halves of the channels. */
export class DiagonalGaussianRegularizer implements Regularizer {
  readonly #config: KlConfig;

  constructor(config: KlConfig) {
    this.#config = config;
  }

  /** The config's `sample`; a pass may say otherwise. */
  get sample(): boolean {
    return this.#config.sample;
  }

  forward(
    moments: Tensor,
    { sample, random }: RegularizerPass,
  ): { readonly z: Tensor; readonly regLog: RegLog } {
    const [batch, channels] = moments.shape as [number, number];
    if (channels % 2 !== 0) {
      throw new ShapeError(
        `kl: the encoder's output ${show(moments.shape)} has ${channels} channels, which do not split ` +
          "into means and variances; the encoder needs double_z: true",
      );
    }
    const mean = slice(moments, 1, 0, channels / 2);
    const logvar = clamp(slice(moments, 1, channels / 2), -30, 20);
    const z = sample ? drawn(mean, logvar, normal(random, mean)) : mean;
    return { z, regLog: { kl_loss: div(sum(divergence(mean, logvar)), batch) } };
  }
}

function normal(random: Random, like: Tensor): Tensor {
  const noise = random.normal(sizeOf(like.shape));
  return tensor(noise, like.shape, { backend: like.backend });
}
