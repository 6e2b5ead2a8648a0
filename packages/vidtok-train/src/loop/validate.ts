import { clipLoader } from "@vidtok/data";
import type { ClipBatch, ClipSource } from "@vidtok/data";
import { noGrad, Random, scope, tensor, withPrecision } from "@vidtok/tensor";
import { evaluationTerms } from "../losses/evaluationTerms.ts";
import { framePsnr } from "../losses/framePsnr.ts";
import type { Learner } from "./learner.ts";
import { packScalars, readScalars, ScalarMeans } from "./scalars.ts";

/** What to validate with. */
export interface ValidateOptions {
  readonly batchSize: number;
  /** Of the noise, which is the same in every validation. */
  readonly seed: number;
  readonly globalStep: number;
  readonly signal: AbortSignal | undefined;
  /** Batches after which to stop, at least 1; default: all. */
  readonly most?: number;
  readonly onBatch?: (batch: ClipBatch, index: number) => Promise<void>;
}

/** Means over the clips of a dataset, by name; the learner stays as it is, its random numbers too. */
export async function validate(
  learner: Learner,
  source: ClipSource,
  { globalStep, most = Infinity, onBatch, ...order }: ValidateOptions,
): Promise<Map<string, number>> {
  const { model } = learner;
  const noise = model.random;
  model.random = new Random(order.seed);
  const means = new ScalarMeans();
  let batches = 0;
  try {
    for await (const batch of clipLoader(source, order)) {
      means.add(await measure(learner, batch, globalStep), batch.paths.length);
      await onBatch?.(batch, batches);
      batches += 1;
      if (batches >= most) break;
    }
  } finally {
    model.random = noise;
  }
  return means.means;
}

function measure(
  { model, loss, precision }: Learner,
  batch: ClipBatch,
  globalStep: number,
): Promise<Map<string, number>> {
  const pass = (): ReturnType<typeof packScalars> => {
    const x = tensor(batch.jpg, batch.shape);
    const made = model.forward(x, { globalStep });
    const terms = evaluationTerms(loss, x, made, globalStep);
    return packScalars(new Map([...terms, ["psnr", framePsnr(x, made.recon)]]));
  };
  return readScalars(noGrad(() => withPrecision(precision, () => scope(pass))));
}
