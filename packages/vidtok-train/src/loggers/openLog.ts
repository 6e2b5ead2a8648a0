import { basename } from "node:path";
import type { RunFolder } from "../run/runFolder.ts";
import type { TrainOptions } from "../trainOptions.ts";
import { jsonlLogger } from "./jsonlLogger.ts";
import type { RunLogger } from "./runLogger.ts";
import { severalLoggers } from "./severalLoggers.ts";
import { tensorBoardLogger } from "./tensorBoardLogger.ts";

/** The logs of a run, which go on after `step`: its own files, and what the caller adds. */
export async function openLog(
  { dir, metrics, tensorboard, validations }: RunFolder,
  step: number,
  { config, logger }: TrainOptions,
  kind: "train" | "validate",
): Promise<RunLogger> {
  // A run that a service has begun is only ended by its logger, so what can fail here goes first.
  // A validation of an old checkpoint leaves the log of the training after it alone.
  const own =
    kind === "train"
      ? [jsonlLogger(metrics, step), tensorBoardLogger(tensorboard, step)]
      : [jsonlLogger(validations, Infinity)];
  const other = await logger?.({ dir, name: basename(dir), config, step });
  return severalLoggers(other ? [...own, other] : own);
}
