import { valueError } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import type { DiscriminatorLoss } from "../losses/adversarial.ts";
import type { DiscriminatorKind } from "../losses/patchDiscriminator.ts";
import { flagAt, lookup, numberAt, wordAt } from "./lookup.ts";

/** Losses of the regularizers that can have a weight. */
export type RegularizerLoss = "aux_loss" | "kl_loss";

const REGULARIZER_LOSSES: readonly RegularizerLoss[] = ["aux_loss", "kl_loss"];

/** Options of the adversarial part of the loss. */
export interface AdversarialSettings {
  readonly kind: DiscriminatorKind;
  readonly inChannels: number;
  readonly layers: number;
  readonly loss: DiscriminatorLoss;
  /** Factor of both adversarial losses from `start` on, counted in steps of both optimizers. */
  readonly factor: number;
  readonly start: number;
  /** What the adaptive weight of the generator's part is multiplied with. */
  readonly weight: number;
  /** Whether the generator minimises a cross entropy instead of the mean logit. */
  readonly isCrossEntropy: boolean;
  readonly leCamWeight: number;
}

/** Options of the loss. */
export interface LossSettings {
  /** First value of the log variance that the absolute error is divided by. */
  readonly logvarInit: number;
  readonly learnLogvar: boolean;
  /** Of LPIPS; 0 leaves it out. */
  readonly perceptualWeight: number;
  /** Null where `disc_factor` is 0: there is no discriminator then. */
  readonly adversarial: AdversarialSettings | null;
  /** Of those losses that have one; the others do not count. */
  readonly regularizationWeights: ReadonlyMap<RegularizerLoss, number>;
}

/** The loss options at `path`, which is that of `GeneralLPIPSWithDiscriminator`; the defaults are the reference's. */
export function lossSettings(config: ConfigNode, path: string): LossSettings {
  const isResized = flagAt(config, `${path}.scale_input_to_tgt_size`, false);
  if (isResized) {
    throw valueError(
      `${path}.scale_input_to_tgt_size`,
      "is true, which is not available; train on clips of the size that the model gives back",
    );
  }
  return {
    logvarInit: numberAt(config, `${path}.logvar_init`, { fallback: 0 }),
    learnLogvar: flagAt(config, `${path}.learn_logvar`, false),
    perceptualWeight: numberAt(config, `${path}.perceptual_weight`, { fallback: 1, least: 0 }),
    adversarial: adversarialSettings(config, path),
    regularizationWeights: weightsAt(config, `${path}.regularization_weights`),
  };
}

function adversarialSettings(config: ConfigNode, path: string): AdversarialSettings | null {
  const factor = numberAt(config, `${path}.disc_factor`, { fallback: 1, least: 0 });
  if (factor === 0) return null;
  const count = (name: string, fallback?: number): number =>
    numberAt(config, `${path}.${name}`, {
      ...(fallback === undefined ? {} : { fallback }),
      least: fallback === undefined ? 0 : 1,
      whole: true,
    });
  return {
    factor,
    start: count("disc_start"),
    kind: wordAt(config, `${path}.disc_type`, ["2d", "3d"], "3d"),
    inChannels: count("disc_in_channels", 3),
    layers: count("disc_num_layers", 3),
    loss: wordAt(config, `${path}.disc_loss`, ["hinge", "vanilla"], "hinge"),
    weight: numberAt(config, `${path}.disc_weight`, { fallback: 1 }),
    isCrossEntropy: flagAt(config, `${path}.gen_loss_cross_entropy`, false),
    leCamWeight: numberAt(config, `${path}.lecam_loss_weight`, { fallback: 0, least: 0 }),
  };
}

function weightsAt(config: ConfigNode, path: string): ReadonlyMap<RegularizerLoss, number> {
  const weights = new Map<RegularizerLoss, number>();
  for (const name of Object.keys(lookup(config, path) ?? {})) {
    const known = REGULARIZER_LOSSES.find((loss) => loss === name);
    if (known === undefined) {
      throw valueError(
        `${path}.${name}`,
        `is no loss of a regularizer; those are ${REGULARIZER_LOSSES.join(", ")}`,
      );
    }
    weights.set(known, numberAt(config, `${path}.${name}`));
  }
  return weights;
}
