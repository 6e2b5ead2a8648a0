import type { ClipBatch } from "@vidtok/data";
import type { Tokenizer } from "@vidtok/model";
import { add, detach, grad, mul, noGrad, scope, sum, tensor, withPrecision } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { activeFactor } from "../losses/activeFactor.ts";
import { discriminatorPass } from "../losses/discriminatorPass.ts";
import type { DiscriminatorPass } from "../losses/discriminatorPass.ts";
import { framePsnr } from "../losses/framePsnr.ts";
import { generatorPass } from "../losses/generatorPass.ts";
import { generatorTerms, regularization } from "../losses/generatorTerms.ts";
import type { BatchStatistics } from "../losses/patchDiscriminator.ts";
import type { Learner } from "./learner.ts";
import { packScalars } from "./scalars.ts";
import type { Scalars } from "./scalars.ts";

/** What one batch says about both optimizers' parameters; nothing of the learner has changed. */
export interface BatchGradients {
  readonly scalars: Scalars;
  /** In the order of the learner's parameters; the discriminator's are empty without one. */
  readonly generator: readonly Tensor[];
  readonly discriminator: readonly Tensor[];
  /** Of the discriminator, in the order in which the reference counts them. */
  readonly statistics: readonly BatchStatistics[];
}

/** Both optimizers' gradients of a batch. The discriminator is asked about the reconstruction before either changes. */
export function batchGradients(
  learner: Learner,
  batch: Pick<ClipBatch, "jpg" | "shape">,
  globalStep: number,
): BatchGradients {
  return withPrecision(learner.precision, () =>
    scope(() => {
      const x = tensor(batch.jpg, batch.shape);
      const { recon, regLog } = learner.model.forward(x, { globalStep, training: true });
      const { loss } = learner;
      const factor = constant(activeFactor(loss.settings, globalStep), x);
      const pass = generatorPass(loss, x, recon, lastWeight(learner.model), factor);
      const regularizer = regularization(regLog, loss.settings.regularizationWeights);

      // A function with the same gradient as the loss, whose gradient at the reconstruction is known.
      let linear = add(sum(mul(recon, pass.slope)), mul(loss.logvar.value, pass.logvarSlope));
      if (regularizer.total) linear = add(linear, regularizer.total);

      const judged = discriminate(learner, { real: x, fake: detach(recon), globalStep });
      const terms = new Map([
        ...generatorTerms(pass.parts, regularizer),
        ...(judged?.terms ?? []),
        ["psnr", noGrad(() => framePsnr(x, recon))],
      ]);
      terms.set("aeloss", terms.get("total_loss")!);
      if (judged) terms.set("discloss", terms.get("disc_loss")!);
      const scalars = packScalars(terms);
      // Last, so that the model's activations can go as the gradient passes them.
      const weights = valuesOf(learner.generator);
      const generator = grad(linear, weights, undefined, { freeGraph: true });
      return {
        scalars,
        generator,
        discriminator: judged?.gradients ?? [],
        statistics: judged ? [pass.statistics, ...judged.statistics] : [],
      };
    }),
  );
}

function discriminate(
  { loss, discriminator }: Learner,
  { real, fake, globalStep }: { real: Tensor; fake: Tensor; globalStep: number },
): DiscriminatorPass | undefined {
  const { adversarial } = loss.settings;
  if (!loss.discriminator || !adversarial || !discriminator) return undefined;
  // The generator's step has been counted when the discriminator's turn comes.
  const factor = constant(activeFactor(loss.settings, globalStep + 1), real);
  const inputs = { real, fake, factor };
  const weights = valuesOf(discriminator);
  return discriminatorPass(loss.discriminator, adversarial, inputs, loss.averages, weights);
}

function lastWeight(model: Tokenizer): Tensor {
  const named = model.namedParameters();
  const names = ["decoder.conv_out.conv.weight", "decoder.conv_out.weight"];
  return names.flatMap((name) => named.get(name) ?? [])[0]!.value;
}

function valuesOf({ parameters }: { readonly parameters: Learner["generator"]["parameters"] }) {
  return [...parameters.values()].map(({ value }) => value);
}

function constant(value: number, { backend }: Tensor): Tensor {
  return tensor([value], [], { backend });
}
