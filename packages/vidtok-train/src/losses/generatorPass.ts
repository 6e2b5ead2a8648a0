import {
  add,
  clamp,
  detach,
  E,
  elementwise,
  grad,
  mul,
  scope,
  sqrt,
  square,
  sum,
} from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { generatorLoss } from "./adversarial.ts";
import { clipsOf, framesOf } from "./frames.ts";
import type { GeneratorParts } from "./generatorTerms.ts";
import type { BatchStatistics } from "./patchDiscriminator.ts";
import { perceptualDistance } from "./perceptual.ts";
import { reconstructionTerms } from "./reconstruction.ts";
import type { TokenizerLoss } from "./tokenizerLoss.ts";

/** What the tokenizer minimises on a batch, without the regularizer's losses, and where it leads. */
export interface GeneratorPass {
  readonly parts: GeneratorParts;
  /** The gradient with respect to the reconstruction, `[n, c, t, h, w]`. */
  readonly slope: Tensor;
  /** The gradient with respect to `logvar`, []. */
  readonly logvarSlope: Tensor;
  /** Of the discriminator on the reconstruction; empty without one. */
  readonly statistics: BatchStatistics;
}

const ratio = elementwise((nll, g) => E.div(nll!, E.add(g!, 1e-4)));

/**
 * The loss of the reconstruction of clips. Its gradient is taken at the reconstruction, each part's on its own, so that no part's graph outlives it.
 * The weight of the adversarial part is as large as makes both parts change the decoder's last weight `last` equally (Esser et al. 2021,
 * equation 7); `factor` is 0 before that part begins.
 */
export function generatorPass(
  loss: TokenizerLoss,
  x: Tensor,
  recon: Tensor,
  last: Tensor,
  factor: Tensor,
): GeneratorPass {
  return scope(() => {
    const fake = detach(recon);
    const { parts, slope, logvarSlope } = reconstructionPass(loss, x, fake);
    const { discriminator, settings } = loss;
    const { adversarial } = settings;
    if (!discriminator || !adversarial) return { parts, slope, logvarSlope, statistics: [] };

    const { g, gSlope, statistics } = scope(() => {
      const { logits, statistics } = discriminator.train(fake);
      const g = generatorLoss(logits, adversarial.isCrossEntropy);
      return { g, statistics, gSlope: grad(g, [fake])[0]! };
    });
    const pull = (dy: Tensor): Tensor =>
      scope(() => sqrt(sum(square(grad(recon, [last], dy)[0]!))));
    const balance = clamp(ratio(pull(slope), pull(gSlope)), 0, 1e4);
    const weight = mul(balance, adversarial.weight);
    return {
      parts: { ...parts, adversarial: { g, weight, factor } },
      slope: add(slope, mul(gSlope, mul(weight, factor))),
      logvarSlope,
      statistics,
    };
  });
}

function reconstructionPass(
  loss: TokenizerLoss,
  x: Tensor,
  recon: Tensor,
): Omit<GeneratorPass, "statistics"> {
  return scope(() => {
    const logvar = loss.logvar.value;
    const { perceptual_loss: net, settings } = loss;
    if (!net) {
      const terms = reconstructionTerms(x, recon, logvar);
      const [slope, logvarSlope] = grad(terms.nll, [recon, logvar]) as [Tensor, Tensor];
      return { parts: terms, slope, logvarSlope };
    }
    const { distance, slope: direction } = perceptualDistance(net, framesOf(x), framesOf(recon));
    const perceptual = { distance, weight: settings.perceptualWeight };
    const terms = reconstructionTerms(x, recon, logvar, perceptual);
    const slopes = grad(terms.nll, [recon, distance, logvar]) as [Tensor, Tensor, Tensor];
    const [ofPixels, ofDistance, logvarSlope] = slopes;
    const ofFeatures = clipsOf(mul(direction!, ofDistance), x.shape);
    return { parts: { ...terms, distance }, slope: add(ofPixels, ofFeatures), logvarSlope };
  });
}
