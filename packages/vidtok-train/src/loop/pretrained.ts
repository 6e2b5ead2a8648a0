import type { LoadReport } from "@vidtok/nn";
import { loadStateDict, openCheckpoint, stateEntries } from "@vidtok/nn";
import { weightsOf } from "./learner.ts";
import type { Weights } from "./learner.ts";

/** Loads what fits of a model's checkpoint, the loss included, to train it further. */
export async function loadPretrained(
  weights: Weights,
  path: string,
  ignoreKeys: readonly string[],
): Promise<LoadReport> {
  const checkpoint = await openCheckpoint(path);
  try {
    const options = { strict: false, ignoreKeys, path };
    return await loadStateDict(weightsOf(weights), stateEntries(checkpoint), options);
  } finally {
    await checkpoint.close();
  }
}
