import { permutation, randomSource } from "./random.ts";

/** Which clips a batch is made of. */
export interface BatchPlace {
  /** The pass over the dataset, and the number of the batch in it. */
  readonly epoch: number;
  readonly batch: number;
  readonly clips: readonly {
    /** In the dataset. */
    readonly index: number;
    /** Of the numbers that the clip draws. */
    readonly key: readonly number[];
  }[];
}

/** In which order batches go. */
export interface BatchOrder {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  /** The first pass. */
  readonly epoch: number;
  readonly epochs: number;
  /** Batches of the first pass to leave out. */
  readonly skip: number;
}

/** The batches of `length` clips, pass after pass; the last of a pass may be smaller. */
export function* batchPlan(length: number, order: BatchOrder): Generator<BatchPlace, void> {
  const { batchSize, shuffle, seed, epochs } = order;
  for (let pass = 0; pass < epochs && length > 0; pass++) {
    const epoch = order.epoch + pass;
    const clips = shuffle ? permutation(length, randomSource(seed, epoch)) : undefined;
    for (let batch = pass === 0 ? order.skip : 0; batch * batchSize < length; batch++) {
      const first = batch * batchSize;
      const places = Array.from({ length: Math.min(batchSize, length - first) }, (_, i) => ({
        index: clips?.[first + i] ?? first + i,
        key: [seed, epoch, first + i],
      }));
      yield { epoch, batch, clips: places };
    }
  }
}
