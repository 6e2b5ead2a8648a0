import { add, detach, E, elementwise, mean, relu, square, sub, tensor } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

const DECAY = 0.999;

/** Moving averages of the mean logits of a discriminator. */
export interface LogitAverages {
  readonly real: number;
  readonly fake: number;
}

const moved = elementwise((average, value) =>
  E.add(E.mul(DECAY, average!), E.mul(1 - DECAY, value!)),
);

/** The averages after a step with these mean logits. */
export function nextAverages(before: LogitAverages, step: LogitAverages): LogitAverages {
  const next = (a: number, b: number): number => DECAY * a + (1 - DECAY) * b;
  return { real: next(before.real, step.real), fake: next(before.fake, step.fake) };
}

/**
 * LeCam regularization (Tseng et al. 2021), shape []: holds the logits of each kind near the moving average of the other. As in the reference,
 * the averages have this batch already in them.
 */
export function leCam(real: Tensor, fake: Tensor, before: LogitAverages): Tensor {
  const average = (value: number, logits: Tensor): Tensor =>
    moved(tensor([value], [], { backend: logits.backend }), mean(detach(logits)));
  const ofReal = average(before.real, real);
  const ofFake = average(before.fake, fake);
  const tooReal = mean(square(relu(sub(real, ofFake))));
  const tooFake = mean(square(relu(sub(ofReal, fake))));
  return add(tooReal, tooFake);
}
