import { add, E, elementwise, mean, mul, neg, relu, softplus } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/** How a discriminator's numbers become its loss. */
export type DiscriminatorLoss = "hinge" | "vanilla";

const oneMinus = elementwise((x) => E.sub(1, x!));
const onePlus = elementwise((x) => E.add(1, x!));

/** What the discriminator minimises: half of the mean over real logits plus half of that over fake ones. */
export function discriminatorLoss(kind: DiscriminatorLoss, real: Tensor, fake: Tensor): Tensor {
  const [onReal, onFake] =
    kind === "hinge"
      ? [relu(oneMinus(real)), relu(onePlus(fake))]
      : [softplus(neg(real)), softplus(fake)];
  return mul(add(mean(onReal), mean(onFake)), 0.5);
}

/** What the generator minimises: −mean of the logits, or the cross entropy of each sample's mean logit with "real". */
export function generatorLoss(logits: Tensor, isCrossEntropy: boolean): Tensor {
  if (!isCrossEntropy) return neg(mean(logits));
  const perSample = mean(
    logits,
    logits.shape.slice(1).map((_, i) => i + 1),
  );
  return mean(softplus(neg(perSample)));
}
