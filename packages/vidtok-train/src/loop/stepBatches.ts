import { clipLoader } from "@vidtok/data";
import type { LoadedBatch } from "@vidtok/data";
import type { Session } from "./session.ts";
import type { TrainState } from "./trainState.ts";

/**
 * The batches of one step after the other, epoch after epoch: as many as are accumulated, fewer at the end of an epoch. Ends when the
 * session is aborted.
 */
export async function* stepBatches(
  { source, settings, signal }: Session,
  { seed, epoch, batch: skip }: TrainState,
): AsyncGenerator<readonly LoadedBatch[]> {
  const { batchSize, accumulate, workers } = settings;
  const prefetch = 2 * accumulate;
  const order = { batchSize, shuffle: true, seed, epoch, epochs: Infinity, skip, prefetch };
  let waiting: LoadedBatch[] = [];
  try {
    for await (const batch of clipLoader(source, { ...order, workers, signal })) {
      const isNextEpoch = waiting.some((each) => each.epoch !== batch.epoch);
      if (isNextEpoch) yield waiting;
      waiting = isNextEpoch ? [batch] : [...waiting, batch];
      if (waiting.length < accumulate) continue;
      yield waiting;
      waiting = [];
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
