import type { ClipBatch } from "@vidtok/data";
import type { Parameter } from "@vidtok/nn";
import { E, keep, noGrad, observed, scope, sumOf, tensor, withPrecision } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { TrainError } from "../trainError.ts";
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

/** Runs the model again and looks at every result on the way. */
async function badActivation(
  { model, precision }: Learner,
  { batches, globalStep }: StepInputs,
): Promise<string | undefined> {
  const names = new Map([...model.namedParameters()].map(([name, p]) => [p.value.block, name]));
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
        withPrecision(precision, () => observed(watch, () => model.forward(x, { globalStep })));
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
