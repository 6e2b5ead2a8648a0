import type { ClipBatch } from "@vidtok/data";
import { stateDict } from "@vidtok/nn";
import type { Parameter } from "@vidtok/nn";
import { E, keep, noGrad, observed, scope, sumOf, tensor, withPrecision } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { framesOf } from "../losses/frames.ts";
import { perceptualDistance } from "../losses/perceptual.ts";
import { TrainError } from "../trainError.ts";
import { weightsOf } from "./learner.ts";
import type { Learner } from "./learner.ts";

/** What a step was made of. */
export interface StepInputs {
  readonly batches: readonly ClipBatch[];
  readonly globalStep: number;
  /** Gradients in the order of the learner's parameters. */
  readonly generator: readonly Tensor[];
  readonly discriminator: readonly Tensor[];
}

/** Throws if one of a step's scalars is not finite, and names the layer or the gradient where that began. */
export async function checkFinite(
  learner: Learner,
  scalars: ReadonlyMap<string, number>,
  inputs: StepInputs,
): Promise<void> {
  const bad = [...scalars].find(([, value]) => !Number.isFinite(value));
  if (bad === undefined) return;
  const origin = (await badActivation(learner, inputs)) ?? (await badGradient(learner, inputs));
  const paths = inputs.batches.flatMap((batch) => batch.paths).join(", ");
  throw new TrainError(
    `${bad[0]} became ${bad[1]} on ${paths}` +
      `${origin === undefined ? "" : `: not finite first ${origin}`}; a lower model.base_learning_rate usually helps`,
  );
}

// Zero for finite elements, else not a number.
const zeroIfFinite = sumOf((x) => E.mul(x!, 0));

/** Runs the model and the nets of the loss again and looks at every result on the way. */
async function badActivation(
  learner: Learner,
  { batches, globalStep }: StepInputs,
): Promise<string | undefined> {
  const { model, loss, precision } = learner;
  const names = new Map(
    [...stateDict(weightsOf(learner))].map(([name, { block }]) => [block, name]),
  );
  const run = (x: Tensor): void => {
    const { recon } = model.forward(x, { globalStep });
    const { perceptual_loss: net, discriminator } = loss;
    if (net) perceptualDistance(net, framesOf(x), framesOf(recon));
    [x, recon].forEach((clips) => discriminator?.train(clips));
  };
  for (const batch of batches) {
    const probes: { readonly origin: string; readonly probe: Tensor }[] = [];
    let layer = "in the clip";
    let isProbing = false;
    const watch = (used: readonly Tensor[], result: Tensor): void => {
      if (isProbing) return;
      isProbing = true;
      const weight = used.map(({ block }) => names.get(block)).find((name) => name !== undefined);
      if (weight !== undefined) layer = `in ${weight.replace(/\.[^.]*$/, "")}`;
      // Kept: what is made in the scope of a layer ends with it.
      probes.push({ origin: layer, probe: keep(zeroIfFinite(result)) });
      isProbing = false;
    };
    noGrad(() =>
      scope(() => {
        const x = tensor(batch.jpg, batch.shape);
        watch([], x);
        withPrecision(precision, () => observed(watch, () => run(x)));
      }),
    );
    const values = await Promise.all(probes.map(({ probe }) => probe.item()));
    probes.forEach(({ probe }) => probe.free());
    const first = values.findIndex(Number.isNaN);
    if (first >= 0) return probes[first]!.origin;
  }
  return undefined;
}

async function badGradient(learner: Learner, inputs: StepInputs): Promise<string | undefined> {
  const sides: [ReadonlyMap<string, Parameter>, readonly Tensor[]][] = [
    [learner.generator.parameters, inputs.generator],
    [learner.discriminator?.parameters ?? new Map(), inputs.discriminator],
  ];
  for (const [parameters, gradients] of sides) {
    const names = [...parameters.keys()];
    for (const [i, gradient] of gradients.entries()) {
      const probe = noGrad(() => scope(() => zeroIfFinite(gradient)));
      const isBad = Number.isNaN(await probe.item());
      probe.free();
      if (isBad) return `in the gradient of ${names[i]}`;
    }
  }
  return undefined;
}
