import { clipLoader } from "@vidtok/data";
import type { ClipBatch, ClipSource } from "@vidtok/data";
import { noGrad, Random, scope, tensor } from "@vidtok/tensor";
import { framePsnr } from "../losses/framePsnr.ts";
import type { Learner } from "./learner.ts";
import { packScalars, readScalars } from "./scalars.ts";

/** What to validate with. */
export interface ValidateOptions {
  readonly batchSize: number;
  /** Of the noise, which is the same in every validation. */
  readonly seed: number;
  readonly globalStep: number;
  readonly signal: AbortSignal | undefined;
}

/** Means over all clips of a dataset, by name; the learner stays as it is, its random numbers too. */
export async function validate(
  learner: Learner,
  source: ClipSource,
  { globalStep, signal, ...order }: ValidateOptions,
): Promise<Map<string, number>> {
  const { model } = learner;
  const noise = model.random;
  model.random = new Random(order.seed);
  const sums = new Map<string, number>();
  let clips = 0;
  try {
    for await (const batch of clipLoader(source, { ...order, signal })) {
      const values = await measure(learner, batch, globalStep);
      const count = batch.paths.length;
      for (const [name, value] of values) sums.set(name, (sums.get(name) ?? 0) + count * value);
      clips += count;
    }
  } finally {
    model.random = noise;
  }
  return new Map([...sums].map(([name, total]) => [name, total / clips]));
}

function measure(
  { model, loss }: Learner,
  batch: ClipBatch,
  globalStep: number,
): Promise<Map<string, number>> {
  const scalars = noGrad(() =>
    scope(() => {
      const x = tensor(batch.jpg, batch.shape);
      const { recon, regLog } = model.forward(x, { globalStep });
      const { logs } = loss.forward(x, recon, regLog);
      return packScalars(new Map([...logs, ["psnr", framePsnr(x, recon)]]));
    }),
  );
  return readScalars(scalars);
}
