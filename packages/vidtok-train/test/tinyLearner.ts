import type { ClipBatch } from "@vidtok/data";
import { hashValues } from "@vidtok/tensor/testing";
import { trainSettings } from "../src/config/trainSettings.ts";
import { createLearner, createWeights } from "../src/loop/learner.ts";
import type { Learner } from "../src/loop/learner.ts";
import { tinyConfig } from "./tinyRun.ts";

const loss = "model.params.loss_config.params";

/** Overrides that give `tinyConfig` a discriminator from the first step on, small enough for frames of 16 × 16. */
export const adversarial: readonly string[] = [
  `${loss}.disc_factor=1`,
  `${loss}.disc_type=2d`,
  `${loss}.disc_num_layers=1`,
  `${loss}.disc_weight=0.5`,
  `${loss}.lecam_loss_weight=0.01`,
  `${loss}.gen_loss_cross_entropy=true`,
];

/** A learner of `tinyConfig`, on the backend in use. */
export async function tinyLearner(
  overrides: readonly string[] = [],
  regularizer: "fsq" | "kl" = "fsq",
): Promise<Learner> {
  const config = tinyConfig("videos", overrides, regularizer);
  const settings = trainSettings(config);
  return createLearner(await createWeights(config, settings, { seed: 5 }), settings);
}

/** A batch of `count` clips of 5 × 16 × 16, which depend on the name. */
export function tinyBatch(name: string, count = 1): ClipBatch {
  const shape = [count, 3, 5, 16, 16] as const;
  const paths = Array.from({ length: count }, (_, i) => `${name}${i}.mp4`);
  return { jpg: hashValues(name, count * 3 * 5 * 16 * 16), shape, paths };
}
