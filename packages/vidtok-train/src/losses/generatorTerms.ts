import type { RegLog } from "@vidtok/model";
import { add, mean, mul } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { RegularizerLoss } from "../config/lossSettings.ts";
import type { ReconstructionTerms } from "./reconstruction.ts";

/** Scalars of shape [] by the names that logs have, without the split in front. */
export type Terms = ReadonlyMap<string, Tensor>;

/** What the tokenizer's loss is made of; shapes [] unless said. */
export interface GeneratorParts extends ReconstructionTerms {
  /** LPIPS of each frame, `[n · t, 1, 1, 1]`. */
  readonly distance?: Tensor;
  readonly adversarial?: {
    readonly g: Tensor;
    /** The adaptive weight, and the factor that is 0 before the adversarial loss begins. */
    readonly weight: Tensor;
    readonly factor: Tensor;
  };
}

/** The regularizer's losses that have a weight, and their weighted sum; undefined where there is none. */
export function regularization(
  regLog: RegLog,
  weights: ReadonlyMap<RegularizerLoss, number>,
): { readonly total: Tensor | undefined; readonly terms: Terms } {
  const terms = new Map<string, Tensor>();
  let total: Tensor | undefined;
  for (const [name, weight] of weights) {
    const value = regLog[name];
    if (value === undefined) continue;
    terms.set(name, value);
    const weighted = mul(value, weight);
    total = total ? add(total, weighted) : weighted;
  }
  return { total, terms };
}

/** The loss and its parts as logs name them. */
export function generatorTerms(
  { nll, rec, distance, adversarial }: GeneratorParts,
  regularizer: ReturnType<typeof regularization>,
): Terms {
  let total = nll;
  const terms = new Map([
    ["nll_loss", nll],
    ["rec_loss", rec],
  ]);
  if (distance) terms.set("p_loss", mean(distance));
  if (adversarial) {
    const { g, weight, factor } = adversarial;
    total = add(total, mul(mul(weight, factor), g));
    terms.set("d_weight", weight).set("disc_factor", factor).set("g_loss", g);
  }
  if (regularizer.total) total = add(total, regularizer.total);
  return new Map([["total_loss", total], ...terms, ...regularizer.terms]);
}
