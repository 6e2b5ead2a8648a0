import type { Lpips } from "@vidtok/metrics/nets";
import { constant, Parameter } from "@vidtok/nn";
import type { LossSettings } from "../config/lossSettings.ts";
import type { LogitAverages } from "./lecam.ts";
import { PatchDiscriminator } from "./patchDiscriminator.ts";

/**
 * What `GeneralLPIPSWithDiscriminator` keeps: the tensors that a checkpoint has under `loss.`, by their names there, and LeCam's averages. A net whose
 * weight in the loss is 0 is left out.
 */
export class TokenizerLoss {
  /** The log of the scale that errors are divided by, shape []. */
  readonly logvar: Parameter;
  readonly perceptual_loss: Lpips | undefined;
  readonly discriminator: PatchDiscriminator | undefined;
  readonly settings: LossSettings;
  /** LeCam's moving averages of the mean logits. */
  averages: LogitAverages = { real: 0, fake: 0 };

  constructor(settings: LossSettings, perceptual?: Lpips) {
    const { adversarial } = settings;
    this.settings = settings;
    this.logvar = new Parameter([], constant(settings.logvarInit));
    this.logvar.trainable = settings.learnLogvar;
    this.perceptual_loss = perceptual;
    this.discriminator = adversarial
      ? new PatchDiscriminator(adversarial.kind, adversarial.inChannels, adversarial.layers)
      : undefined;
  }
}
