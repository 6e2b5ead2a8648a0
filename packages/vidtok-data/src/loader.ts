import { availableParallelism } from "node:os";
import { permutation, randomSource } from "./random.ts";

/** One clip of a dataset. */
export interface ClipItem {
  /** Values in [-1, 1]; the name is the one batches have in the reference's configs. */
  readonly jpg: Float32Array;
  /** `[3, t, h, w]` */
  readonly shape: readonly [c: 3, t: number, h: number, w: number];
  readonly path: string;
}

/** Anything that hands out clips by number. */
export interface ClipSource {
  readonly length: number;
  item(index: number, random: () => number, signal?: AbortSignal): Promise<ClipItem>;
}

/** Several clips of one shape, one after another. */
export interface ClipBatch {
  readonly jpg: Float32Array;
  /** `[b, 3, t, h, w]` */
  readonly shape: readonly [b: number, c: 3, t: number, h: number, w: number];
  readonly paths: readonly string[];
}

/** In which order a loader goes, and how far ahead. */
export interface ClipLoaderOptions {
  readonly batchSize: number;
  /** Random order, another one each epoch; default false. */
  readonly shuffle?: boolean | undefined;
  /** Decides the order and what each item draws; default 0. */
  readonly seed?: number | undefined;
  /** Which pass over the dataset this is; default 0. */
  readonly epoch?: number | undefined;
  /** Batches to leave out at the start, when resuming; default 0. */
  readonly skip?: number | undefined;
  /** Batches to decode ahead of the one in use; default 2. */
  readonly prefetch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The batches of one epoch; the last may be smaller. The same seed and epoch give the same
 * batches, whatever is skipped or fetched ahead.
 */
export async function* clipLoader(
  source: ClipSource,
  options: ClipLoaderOptions,
): AsyncGenerator<ClipBatch, void, undefined> {
  const { batchSize, shuffle = false, seed = 0, epoch = 0, skip = 0, prefetch = 2 } = options;
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`clipLoader: batchSize ${batchSize} is not a positive integer`);
  }
  const order = shuffle
    ? permutation(source.length, randomSource(seed, epoch))
    : Array.from({ length: source.length }, (_, i) => i);

  const stop = new AbortController();
  const onAbort = (): void => stop.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener("abort", onAbort);
  const first = skip * batchSize;
  const items = inOrder(order.length - first, Math.max(1, prefetch * batchSize), (i) =>
    source.item(order[first + i]!, randomSource(seed, epoch, first + i), stop.signal),
  );
  try {
    let batch: ClipItem[] = [];
    for await (const item of items) {
      batch.push(item);
      if (batch.length === batchSize) {
        yield stack(batch);
        batch = [];
      }
    }
    if (batch.length > 0) yield stack(batch);
  } finally {
    stop.abort();
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/** Yields start(0) … start(count − 1) in order, at most `window` of them begun and not taken. */
async function* inOrder<T>(
  count: number,
  window: number,
  start: (i: number) => Promise<T>,
): AsyncGenerator<T> {
  const workers = Math.min(4, availableParallelism());
  const waiting = new Map<number, Promise<T>>();
  let begun = 0;
  let taken = 0;
  let running = 0;
  const pump = (): void => {
    while (begun < Math.min(count, taken + window) && running < workers) {
      running++;
      const result = start(begun).finally(() => {
        running--;
        pump();
      });
      // A failure counts when its turn comes, not before.
      result.catch(() => {});
      waiting.set(begun++, result);
    }
  };
  pump();
  try {
    for (let next = waiting.get(0); next !== undefined; next = waiting.get(taken)) {
      const item = await next;
      waiting.delete(taken++);
      pump();
      yield item;
    }
  } finally {
    taken = -Infinity;
  }
}

function stack(items: readonly ClipItem[]): ClipBatch {
  const [, t, h, w] = items[0]!.shape;
  const size = items[0]!.jpg.length;
  const jpg = new Float32Array(items.length * size);
  items.forEach((item, i) => jpg.set(item.jpg, i * size));
  return { jpg, shape: [items.length, 3, t, h, w], paths: items.map((item) => item.path) };
}
