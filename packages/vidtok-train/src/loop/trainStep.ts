import type { ClipBatch } from "@vidtok/data";
import { clipGradNorm } from "@vidtok/nn";
import { add, mul, noGrad, scope } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { nextAverages } from "../losses/lecam.ts";
import { batchGradients } from "./batchGradients.ts";
import type { BatchGradients } from "./batchGradients.ts";
import { checkFinite } from "./checkFinite.ts";
import type { Learner, Trainee } from "./learner.ts";
import { packScalars, readScalars, ScalarMeans } from "./scalars.ts";
import type { Scalars } from "./scalars.ts";

/** The largest L2 norm of all gradients of an optimizer together. */
const MAX_GRADIENT_NORM = 20;

/** Where training stands, as far as a step depends on it. */
export interface StepOptions {
  /** Steps of both optimizers before this one. */
  readonly globalStep: number;
  /** What the learning rates are multiplied with. */
  readonly lrFactor: number;
}

/**
 * One step of both optimizers on the mean gradient of some batches. Resolves to the mean scalars by name. Everything is computed before anything is changed: a
 * number that is not finite is an error that leaves the learner as it was.
 */
export async function trainStep(
  learner: Learner,
  batches: readonly ClipBatch[],
  { globalStep, lrFactor }: StepOptions,
): Promise<Map<string, number>> {
  const passes: BatchGradients[] = [];
  let generator: readonly Tensor[] = [];
  let discriminator: readonly Tensor[] = [];
  for (const batch of batches) {
    const pass = batchGradients(learner, batch, globalStep);
    generator = accumulated(generator, pass.generator, batches.length);
    discriminator = accumulated(discriminator, pass.discriminator, batches.length);
    passes.push(pass);
  }
  const clipped = [generator, discriminator].map(clip);
  try {
    const perBatch = await Promise.all(passes.map(({ scalars }) => readScalars(scalars)));
    const norms = await Promise.all(clipped.map(({ norm }) => norm && readScalars(norm)));
    const means = new ScalarMeans();
    perBatch.forEach((values) => means.add(values));
    const values = means.means;
    norms.forEach((norm, i) => norm?.forEach((value) => values.set(NORM_NAMES[i]!, value)));
    await checkFinite(learner, values, { batches, generator, discriminator, globalStep });

    advance(learner.generator, generator, clipped[0]!, lrFactor);
    if (learner.discriminator) {
      passes.forEach(({ statistics }) =>
        statistics.forEach((each) => learner.loss.discriminator?.update(each)),
      );
      // Once a step, by the means of all its batches: as a batch of all their clips would. Without LeCam they stay 0, as in the reference.
      if (values.has("lecam_loss")) {
        learner.loss.averages = nextAverages(learner.loss.averages, {
          real: values.get("logits_real")!,
          fake: values.get("logits_fake")!,
        });
      }
      advance(learner.discriminator, discriminator, clipped[1]!, lrFactor);
    }
    learner.ema?.update();
    // The reference logs it as it is after the step.
    return values.set("logvar", await learner.loss.logvar.value.item());
  } finally {
    [...generator, ...discriminator].forEach((gradient) => gradient.free());
    clipped.forEach(({ scale }) => scale?.free());
  }
}

const NORM_NAMES = ["grad_norm_ae", "grad_norm_disc"];

interface Clipped {
  readonly norm?: Scalars;
  readonly scale?: Tensor;
}

function clip(gradients: readonly Tensor[]): Clipped {
  if (gradients.length === 0) return {};
  return scope(() => {
    const { norm, scale } = clipGradNorm(gradients, MAX_GRADIENT_NORM);
    return { norm: packScalars(new Map([["norm", norm]])), scale };
  });
}

function advance(
  { optimizer, learningRate }: Trainee,
  gradients: readonly Tensor[],
  { scale }: Clipped,
  lrFactor: number,
): void {
  optimizer.step(gradients, { lr: lrFactor * learningRate, ...(scale ? { scale } : {}) });
}

// The sum of what came so far and a share of what is new, which is freed.
function accumulated(
  before: readonly Tensor[],
  next: readonly Tensor[],
  batches: number,
): readonly Tensor[] {
  if (batches === 1) return next;
  return noGrad(() =>
    next.map((gradient, i) => {
      const sum = scope(() => {
        const share = mul(gradient, 1 / batches);
        return before[i] ? add(before[i], share) : share;
      });
      before[i]?.free();
      gradient.free();
      return sum;
    }),
  );
}
