import type { ClipBatch } from "@vidtok/data";
import { noGrad, Random, scope, tensor } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { isDue } from "../loggers/imageLoggerSettings.ts";
import type { BatchPlace } from "../loggers/imageLoggerSettings.ts";
import { logImages } from "../loggers/logImages.ts";
import type { Clips } from "../loggers/logImages.ts";
import type { Learner } from "./learner.ts";
import type { Session } from "./session.ts";

/** Writes pictures of a batch and its reconstructions, if they are due there. */
export async function showBatch(
  { dir, learner, settings, log }: Session,
  batch: ClipBatch,
  place: BatchPlace & { readonly globalStep: number },
): Promise<void> {
  const { images } = settings;
  const isUntrained = place.globalStep === 0 && place.split === "train";
  if (images === null || !(isUntrained || isDue(images, place))) return;
  const inputs = firstClips(batch, images.maxSamples);
  const noise = learner.model.random.state;
  const recs = await reconstruct(learner, inputs, place.globalStep);
  const averaged = await learner.ema?.use(() => reconstruct(learner, inputs, place.globalStep));
  learner.model.random = new Random(noise);
  const shown = { inputs, recs, ...(averaged ? { recs_ema: averaged } : {}) };
  log.images(place.globalStep / 2, await logImages(dir, images, place, shown));
}

function firstClips({ jpg, shape }: ClipBatch, most: number): Clips {
  const [n, ...rest] = shape;
  const count = Math.min(n, most);
  return { data: jpg.subarray(0, (jpg.length / n) * count), shape: [count, ...rest] };
}

async function reconstruct(
  { model }: Learner,
  { data, shape }: Clips,
  globalStep: number,
): Promise<Clips> {
  const recon = noGrad(() =>
    scope((): Tensor => {
      const x = tensor(data, shape);
      return model.forward(x, { globalStep, losses: false }).recon;
    }),
  );
  const values = await recon.read();
  recon.free();
  return { data: values, shape: recon.shape };
}
