import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadConfig } from "@vidtok/model";
import { Lpips } from "@vidtok/metrics/nets";
import { trainSettings } from "../../src/config/trainSettings.ts";
import { createLearner, createWeights } from "../../src/loop/learner.ts";
import type { Learner } from "../../src/loop/learner.ts";
import { loadHashWeights } from "./hash.ts";
import type { Rounding } from "./hash.ts";

/** The path of a fixture. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** blocks.json: the vectors of losses and of training. */
export function readBlocks(): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(fixture("blocks.json"), "utf8")) as Record<string, unknown>;
}

/** A learner of a shipped config with hash weights; latents are the modes of their distributions. */
export async function goldenLearner(
  config: string,
  overrides: readonly string[],
  rounding: Rounding,
): Promise<Learner> {
  const path = fileURLToPath(new URL(`../../../../configs/${config}.yaml`, import.meta.url));
  const isKl = config.includes("_kl_");
  const resolved = loadConfig(path, [
    "lightning.trainer.precision=32",
    "data.params.train.params.video_params.input_height=32",
    "data.params.train.params.video_params.input_width=32",
    "data.params.validation=null",
    ...(isKl ? ["model.params.regularizer_config.params.sample=false"] : []),
    ...overrides,
  ]);
  const settings = trainSettings(resolved);
  const weights = await createWeights(resolved, settings, { seed: 0, perceptual: new Lpips() });
  await loadHashWeights(weights, rounding);
  return createLearner(weights, settings);
}
