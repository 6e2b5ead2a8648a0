import { constant, Parameter } from "@vidtok/nn";
import type { RegLog } from "@vidtok/model";
import { abs, add, div, exp, mul, ShapeError, show, sizeOf, sub, sum } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { LossSettings } from "../config/lossSettings.ts";

/** What is minimised, and what it is made of; shapes []. */
export interface LossTerms {
  readonly total: Tensor;
  /** By the names that logs have, without the split in front. */
  readonly logs: ReadonlyMap<string, Tensor>;
}

/** What encoder and decoder minimise: the absolute error under a Laplace density of learned scale, and the regularizer's own losses. */
export class AutoencoderLoss {
  /** The log of the scale, shape []. */
  readonly logvar: Parameter;
  readonly #settings: LossSettings;

  constructor(settings: LossSettings) {
    this.#settings = settings;
    this.logvar = new Parameter([], constant(settings.logvarInit));
    this.logvar.trainable = settings.learnLogvar;
  }

  /** The loss of the reconstruction of a clip, both `[n, c, t, h, w]`: summed over the pixels of a frame, averaged over frames. */
  forward(x: Tensor, recon: Tensor, regLog: RegLog): LossTerms {
    if (x.shape.join() !== recon.shape.join()) {
      throw new ShapeError(
        `loss: the reconstruction is ${show(recon.shape)} but the clip ${show(x.shape)}; ` +
          "choose a clip length that the model gives back whole",
      );
    }
    const [n, , t] = x.shape as [number, number, number];
    const elements = sizeOf(x.shape);
    const frames = n * t;
    const rec = sum(abs(sub(x, recon)));
    const logvar = this.logvar.value;
    // Σ (rec / e^logvar + logvar) over elements, the scale being the same for all of them.
    const nll = add(div(div(rec, exp(logvar)), frames), mul(logvar, elements / frames));
    const logs = new Map([
      ["nll_loss", nll],
      ["rec_loss", div(rec, elements)],
    ]);
    let total = nll;
    for (const [name, weight] of this.#settings.regularizationWeights) {
      const loss = regLog[name];
      if (loss === undefined) continue;
      total = add(total, mul(loss, weight));
      logs.set(name, loss);
    }
    return { total, logs: new Map([["total_loss", total], ...logs]) };
  }
}
