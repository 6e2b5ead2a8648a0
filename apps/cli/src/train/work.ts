import "@vidtok/backend-native";
import type { ResolvedConfig } from "@vidtok/model";
import { useBackend } from "@vidtok/tensor";
import { train, validate } from "@vidtok/train";
import type { TrainEvent, TrainResult, ValidateResult } from "@vidtok/train";
import type { TrainFlags } from "./flags.ts";
import type { Start } from "./startOf.ts";
import { wandb } from "./wandb.ts";

/** A training or a validation to do; plain data. */
export interface Work {
  readonly given: TrainFlags;
  readonly config: ResolvedConfig;
  readonly run: Start;
}

/** What work tells while it goes on: what training tells, and lines of the command's own. */
export type Told = TrainEvent | { readonly kind: "line"; readonly text: string };

/** Trains or validates on the calling thread. */
export async function doWork(
  { given, config, run }: Work,
  tell: (told: Told) => void,
  signal: AbortSignal,
): Promise<TrainResult | ValidateResult> {
  const { backend, threads, logdir, seed, max_batches: maxSteps } = given;
  const { allow_missing: allowMissing } = given;
  const say = (text: string): void => tell({ kind: "line", text });
  await useBackend(backend, {
    ...(threads === undefined ? {} : { threads }),
    onUnavailable: (each, reason) => say(`${each} is not used: ${reason}`),
  });
  const options = {
    ...{ config, logdir, seed, allowMissing, signal, onProgress: tell, ...run },
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...wandb(given, say),
  };
  return given.train ? train(options) : validate(options);
}
