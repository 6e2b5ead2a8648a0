import type { WeightCounts } from "@vidtok/model";
import { begin } from "./begin.ts";
import type { Begun } from "./begin.ts";
import { runSteps } from "./loop/runSteps.ts";
import type { Stopped } from "./loop/runSteps.ts";
import { sanityCheck, validateAndLog } from "./loop/validateAndLog.ts";
import type { TrainOptions } from "./trainOptions.ts";

/** How a training run ended. */
export interface TrainResult {
  /** The run's folder. */
  readonly dir: string;
  /** The last checkpoint. */
  readonly checkpoint: string;
  /** Steps trained, with those before a resume. */
  readonly step: number;
  readonly epoch: number;
  /** Whether the signal ended it. */
  readonly isInterrupted: boolean;
  /** What was logged last, by name: `train/rec_loss`, `val/rec_loss`, … */
  readonly scalars: Readonly<Record<string, number>>;
  readonly backend: string;
  readonly mode: string;
  /** Loaded and random weights of the model at the start of the run, without the loss. */
  readonly weights: WeightCounts;
}

/** How a validation ended. */
export type ValidateResult = Omit<TrainResult, "checkpoint">;

/**
 * Trains a tokenizer.
 *
 * @example
 * const config = loadConfig("config.yaml", ["data.params.train.params.data_dir=videos"]);
 * const { checkpoint } = await train({ config, logdir: "runs", maxSteps: 1000 });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const begun = await begin(options, "train");
  const { session, state } = begun;
  const result = await end(begun, async () => {
    if (state.step === 0) await sanityCheck(session, state);
    return runSteps(session, state);
  });
  return { ...result, checkpoint: session.checkpoints.last };
}

/** Validates once, with the weights that `train` would start from, and trains nothing. Logs in `validations.jsonl` of the run's folder. */
export async function validate(options: Omit<TrainOptions, "maxSteps">): Promise<ValidateResult> {
  const begun = await begin(options, "validate");
  const { session, state } = begun;
  return end(begun, async () => ({ state, scalars: await validateAndLog(session, state) }));
}

async function end(
  { session, ran, report, held }: Begun,
  work: () => Promise<Stopped>,
): Promise<ValidateResult> {
  const { dir, steps, signal } = session;
  try {
    const { state, scalars } = await work();
    return {
      ...{ dir, step: state.step, epoch: state.epoch },
      isInterrupted: state.step < steps || (signal?.aborted === true && scalars.size === 0),
      scalars: Object.fromEntries(scalars),
      ...ran,
    };
  } finally {
    report();
    await session.log.close().finally(() => held.dispose());
  }
}
