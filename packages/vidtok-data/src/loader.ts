import { availableParallelism } from "node:os";
import { batchPlan } from "./batchPlan.ts";
import { readBatch } from "./clipBatch.ts";
import type { ClipBatch } from "./clipBatch.ts";
import type { BatchPlace } from "./batchPlan.ts";
import type { ClipSource } from "./clipSource.ts";
import { canReadInThreads, openThreads } from "./clipThreads.ts";
import { VidTokDataset } from "./dataset.ts";
import { mostDecoders, turns } from "./turns.ts";

/** In which order a loader goes, how far ahead, and on which threads. */
export interface ClipLoaderOptions {
  readonly batchSize: number;
  /** Random order, another one each epoch; default false. */
  readonly shuffle?: boolean | undefined;
  /** Decides the order and what each item draws; default 0. */
  readonly seed?: number | undefined;
  /** Which pass over the dataset comes first; default 0. */
  readonly epoch?: number | undefined;
  /** Passes over the dataset, or Infinity; default 1. The next begins to be read before one ends. */
  readonly epochs?: number | undefined;
  /** Batches to leave out at the start, when resuming; default 0. */
  readonly skip?: number | undefined;
  /** Batches to decode ahead of the one in use; default 2, at least one for each worker. */
  readonly prefetch?: number | undefined;
  /**
   * Threads that read the clips of a `VidTokDataset`, at most one a core; default 1. With 0, and for
   * other sources, clips are read on the calling thread.
   */
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A batch, and where it stands in the order. */
export interface LoadedBatch extends ClipBatch {
  readonly epoch: number;
  /** Its number in the epoch, which `skip` counts. */
  readonly batch: number;
}

/** Where batches are made. */
interface BatchReader {
  read(place: BatchPlace): Promise<ClipBatch>;
  /** Resolves once nothing of it is left, after its signal. */
  readonly ended: Promise<unknown>;
}

/**
 * The batches of one epoch or more; the last of an epoch may be smaller. The same seed and epoch
 * give the same batches, whatever is skipped or fetched ahead and wherever it is read. Throws a
 * `VideoError` when no video of a `VidTokDataset` can be read.
 */
export async function* clipLoader(
  source: ClipSource,
  options: ClipLoaderOptions,
): AsyncGenerator<LoadedBatch, void, undefined> {
  const { batchSize, prefetch = 2, signal } = options;
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`clipLoader: batchSize ${batchSize} is not a positive integer`);
  }
  const workers = workersFor(source, options.workers ?? 1);
  const { shuffle = false, seed = 0, epoch = 0, epochs = 1, skip = 0 } = options;
  const plan = batchPlan(source.length, { batchSize, shuffle, seed, epoch, epochs, skip });

  signal?.throwIfAborted();
  // A run on nothing but black clips would look like one that trains.
  if (source instanceof VidTokDataset) await source.checkReadable(signal);
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const reader = openReader(source, workers, stop.signal);
  const ahead: { readonly place: BatchPlace; readonly made: Promise<ClipBatch> }[] = [];
  const fill = (): void => {
    while (ahead.length < Math.max(1, prefetch, workers)) {
      const place = plan.next().value;
      if (!place) return;
      const made = reader.read(place);
      // A failure counts when its turn comes, not before.
      made.catch(() => {});
      ahead.push({ place, made });
    }
  };
  try {
    fill();
    for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
      const batch = await next.made;
      fill();
      yield { ...batch, epoch: next.place.epoch, batch: next.place.batch };
    }
  } finally {
    stop.abort();
    signal?.removeEventListener("abort", onAbort);
    await reader.ended;
  }
}

function workersFor(source: ClipSource, wanted: number): number {
  if (!(Number.isInteger(wanted) && wanted >= 0)) {
    throw new RangeError(`clipLoader: workers ${wanted} is not a whole number of at least 0`);
  }
  const isPossible = source instanceof VidTokDataset && canReadInThreads;
  return isPossible ? Math.min(wanted, availableParallelism()) : 0;
}

function openReader(source: ClipSource, workers: number, signal: AbortSignal): BatchReader {
  if (workers > 0 && source instanceof VidTokDataset) {
    return openThreads(source, workers, Math.ceil(mostDecoders / workers), signal);
  }
  const inTurn = turns(mostDecoders);
  return {
    read: (place) => readBatch(source, place, inTurn, signal),
    ended: Promise.resolve(),
  };
}
