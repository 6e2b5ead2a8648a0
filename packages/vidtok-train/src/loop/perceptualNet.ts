import { WeightsError } from "@vidtok/metrics";
import { loadLpips } from "@vidtok/metrics/nets";
import type { Lpips } from "@vidtok/metrics/nets";
import { TrainError } from "../trainError.ts";

/**
 * The net of the perceptual loss: from the first of the checkpoints that has it inside, else from the original files where these are
 * looked for. Without any, a `TrainError` says what to do.
 */
export async function perceptualNet(checkpoints: readonly string[]): Promise<Lpips> {
  for (const weights of checkpoints) {
    try {
      return await loadLpips({ weights });
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error;
    }
  }
  return loadLpips().catch((error: unknown) => {
    if (!(error instanceof WeightsError)) throw error;
    throw new TrainError(
      `train: the perceptual loss needs its weights: ${error.message}; ` +
        "model.params.loss_config.params.perceptual_weight=0 trains without it",
      { cause: error },
    );
  });
}
