import { ConfigError } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import { flagAt, lookup, numberAt } from "./lookup.ts";

/** Losses of the regularizers that can have a weight. */
export type RegularizerLoss = "aux_loss" | "kl_loss";

const REGULARIZER_LOSSES: readonly RegularizerLoss[] = ["aux_loss", "kl_loss"];

/** Options of the loss. */
export interface LossSettings {
  /** First value of the log variance that the absolute error is divided by. */
  readonly logvarInit: number;
  readonly learnLogvar: boolean;
  /** Of those losses that have one; the others do not count. */
  readonly regularizationWeights: ReadonlyMap<RegularizerLoss, number>;
}

/** The loss options at `path`, which is that of `GeneralLPIPSWithDiscriminator`. */
export function lossSettings(config: ConfigNode, path: string): LossSettings {
  return {
    logvarInit: numberAt(config, `${path}.logvar_init`, { fallback: 0 }),
    learnLogvar: flagAt(config, `${path}.learn_logvar`, false),
    regularizationWeights: weightsAt(config, `${path}.regularization_weights`),
  };
}

function weightsAt(config: ConfigNode, path: string): ReadonlyMap<RegularizerLoss, number> {
  const weights = new Map<RegularizerLoss, number>();
  for (const name of Object.keys(lookup(config, path) ?? {})) {
    const known = REGULARIZER_LOSSES.find((loss) => loss === name);
    if (known === undefined) {
      throw new ConfigError(
        `config: ${path}.${name} is no loss of a regularizer; those are ${REGULARIZER_LOSSES.join(", ")}`,
      );
    }
    weights.set(known, numberAt(config, `${path}.${name}`));
  }
  return weights;
}
