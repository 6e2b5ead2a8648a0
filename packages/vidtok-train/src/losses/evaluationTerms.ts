import type { RegLog } from "@vidtok/model";
import { noGrad, scope, tensor } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { activeFactor } from "./activeFactor.ts";
import { generatorLoss } from "./adversarial.ts";
import { discriminatorTerms } from "./discriminatorPass.ts";
import { framesOf } from "./frames.ts";
import { generatorTerms, regularization } from "./generatorTerms.ts";
import type { GeneratorParts, Terms } from "./generatorTerms.ts";
import { perceptualDistance } from "./perceptual.ts";
import { reconstructionTerms } from "./reconstruction.ts";
import type { TokenizerLoss } from "./tokenizerLoss.ts";

/** What both optimizers minimise, on clips that are not trained on: without gradients there is no adaptive weight, so it counts as 0. */
export function evaluationTerms(
  loss: TokenizerLoss,
  x: Tensor,
  { recon, regLog }: { readonly recon: Tensor; readonly regLog: RegLog },
  globalStep: number,
): Terms {
  return noGrad(() =>
    scope(() => {
      const { settings, discriminator, perceptual_loss: net, averages } = loss;
      const constant = (value: number): Tensor => tensor([value], [], { backend: x.backend });
      const distance = net && perceptualDistance(net, framesOf(x), framesOf(recon)).distance;
      const weighted = distance && { distance, weight: settings.perceptualWeight };
      const terms = reconstructionTerms(x, recon, loss.logvar.value, weighted);
      const parts: GeneratorParts = { ...terms, ...(distance ? { distance } : {}) };
      const regularizer = regularization(regLog, settings.regularizationWeights);
      const logged = new Map([["logvar", loss.logvar.value]]);
      const { adversarial } = settings;
      if (!discriminator || !adversarial) {
        return new Map([...generatorTerms(parts, regularizer), ...logged]);
      }
      const real = discriminator.forward(x);
      const fake = discriminator.forward(recon);
      const factor = constant(activeFactor(settings, globalStep));
      const g = generatorLoss(fake, adversarial.isCrossEntropy);
      const judged = { g, weight: constant(0), factor };
      return new Map([
        ...generatorTerms({ ...parts, adversarial: judged }, regularizer),
        ...logged,
        ...discriminatorTerms(adversarial, { real, fake }, factor, averages),
      ]);
    }),
  );
}
