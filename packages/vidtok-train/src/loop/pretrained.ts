import type { LoadReport } from "@vidtok/nn";
import { loadStateDict, openCheckpoint, stateEntries } from "@vidtok/nn";
import { weightsOf } from "./learner.ts";
import type { Weights } from "./learner.ts";

/** How a checkpoint is loaded to train it further. */
export interface PretrainedOptions {
  readonly ignoreKeys: readonly string[];
  /** Whether missing weights of the model may stay random; those of the loss always may. */
  readonly allowMissing: boolean;
}

/** Loads a model's checkpoint, and what it has of the loss, to train it further. */
export async function loadPretrained(
  weights: Weights,
  path: string,
  { ignoreKeys, allowMissing }: PretrainedOptions,
): Promise<LoadReport> {
  const checkpoint = await openCheckpoint(path);
  try {
    return await loadStateDict(weightsOf(weights), stateEntries(checkpoint), {
      ...{ strict: false, ignoreKeys, path },
      allowMissing: (name) => allowMissing || name.startsWith("loss."),
    });
  } finally {
    await checkpoint.close();
  }
}
