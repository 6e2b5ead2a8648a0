import type { ClipBatch } from "@vidtok/data";
import { clipGradNorm } from "@vidtok/nn";
import { grad, noGrad, scope, tensor } from "@vidtok/tensor";
import { framePsnr } from "../losses/framePsnr.ts";
import { TrainError } from "../trainError.ts";
import type { Learner } from "./learner.ts";
import { packScalars, readScalars } from "./scalars.ts";

/** The largest L2 norm of all gradients together. */
export const MAX_GRADIENT_NORM = 20;

/** Trains one batch and resolves to its scalars by name; a number that is not finite is an error that leaves the learner as it was. */
export async function trainStep(
  learner: Learner,
  batch: ClipBatch,
  globalStep: number,
): Promise<Map<string, number>> {
  const { model, loss, parameters, optimizer } = learner;
  const { scalars, gradients, scale } = scope(() => {
    const x = tensor(batch.jpg, batch.shape);
    const { recon, regLog } = model.forward(x, { globalStep, training: true });
    const { total, logs } = loss.forward(x, recon, regLog);
    const gradients = grad(
      total,
      [...parameters.values()].map(({ value }) => value),
    );
    const { norm, scale } = clipGradNorm(gradients, MAX_GRADIENT_NORM);
    const psnr = noGrad(() => framePsnr(x, recon));
    const all = new Map([...logs, ["psnr", psnr], ["grad_norm", norm]]);
    return { scalars: packScalars(all), gradients, scale };
  });
  try {
    const values = await readScalars(scalars);
    checkFinite(values, batch.paths);
    optimizer.step(gradients, { scale });
    // The reference logs it as it is after the step.
    return values.set("logvar", await loss.logvar.value.item());
  } finally {
    gradients.forEach((gradient) => gradient.free());
    scale.free();
  }
}

function checkFinite(values: ReadonlyMap<string, number>, paths: readonly string[]): void {
  const bad = [...values].find(([, value]) => !Number.isFinite(value));
  if (bad === undefined) return;
  const [name, value] = bad;
  throw new TrainError(
    `${name} became ${value} on ${paths.join(", ")}; a lower model.base_learning_rate usually helps`,
  );
}
