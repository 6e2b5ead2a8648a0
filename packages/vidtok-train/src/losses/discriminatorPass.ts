import { add, grad, mean, mul, scope } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { AdversarialSettings } from "../config/lossSettings.ts";
import { discriminatorLoss } from "./adversarial.ts";
import type { Terms } from "./generatorTerms.ts";
import { leCam } from "./lecam.ts";
import type { LogitAverages } from "./lecam.ts";
import type { BatchStatistics, PatchDiscriminator } from "./patchDiscriminator.ts";

/** What the discriminator minimises on a batch. */
export interface DiscriminatorPass {
  readonly terms: Terms;
  readonly gradients: readonly Tensor[];
  /** On the real clips, and on their reconstructions. */
  readonly statistics: readonly [real: BatchStatistics, fake: BatchStatistics];
}

/** The discriminator's loss on real clips and reconstructions `[n, c, t, h, w]`, and its gradient with respect to `weights`. */
export function discriminatorPass(
  discriminator: PatchDiscriminator,
  settings: AdversarialSettings,
  inputs: { readonly real: Tensor; readonly fake: Tensor; readonly factor: Tensor },
  averages: LogitAverages,
  weights: readonly Tensor[],
): DiscriminatorPass {
  return scope(() => {
    const real = discriminator.train(inputs.real);
    const fake = discriminator.train(inputs.fake);
    const logits = { real: real.logits, fake: fake.logits };
    const terms = discriminatorTerms(settings, logits, inputs.factor, averages);
    return {
      terms,
      gradients: grad(terms.get("disc_loss")!, weights),
      statistics: [real.statistics, fake.statistics],
    };
  });
}

/** The discriminator's loss and its parts as logs name them. */
export function discriminatorTerms(
  { loss, leCamWeight }: AdversarialSettings,
  { real, fake }: { readonly real: Tensor; readonly fake: Tensor },
  factor: Tensor,
  averages: LogitAverages,
): Terms {
  const raw = discriminatorLoss(loss, real, fake);
  const penalty = leCamWeight > 0 ? leCam(real, fake, averages) : undefined;
  const whole = penalty ? add(raw, mul(penalty, leCamWeight)) : raw;
  return new Map([
    ["disc_loss", mul(whole, factor)],
    // The generator pass names it too; in the logs the discriminator, which is a step further, has the last word.
    ["disc_factor", factor],
    ["logits_real", mean(real)],
    ["logits_fake", mean(fake)],
    ["non_saturated_d_loss", raw],
    ...(penalty ? [["lecam_loss", penalty] as const] : []),
  ]);
}
