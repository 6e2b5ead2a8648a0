import type { ClipItem, ClipSource } from "./clipSource.ts";
import type { BatchPlace } from "./batchPlan.ts";
import { randomSource } from "./random.ts";

/** Several clips of one shape, one after another. */
export interface ClipBatch {
  readonly jpg: Float32Array;
  /** `[b, 3, t, h, w]` */
  readonly shape: readonly [b: number, c: 3, t: number, h: number, w: number];
  readonly paths: readonly string[];
}

/** Runs a task when its turn comes, at most so many at a time. */
export type Turns = <T>(task: () => Promise<T>) => Promise<T>;

/** Turns in the order of asking, `most` at a time. */
export function turns(most: number): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      // The turn goes on to the next in line, or is over.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

/** Reads the clips of one batch, each in its turn; what fails is the first of them that does. */
export async function readBatch(
  source: ClipSource,
  { clips }: BatchPlace,
  inTurn: Turns,
  signal: AbortSignal,
): Promise<ClipBatch> {
  const reading = clips.map(({ index, key }) =>
    inTurn(() => {
      signal.throwIfAborted();
      return source.item(index, randomSource(...key), signal);
    }),
  );
  // A failure counts when its turn comes, not before.
  for (const clip of reading) clip.catch(() => {});
  const items: ClipItem[] = [];
  for (const clip of reading) items.push(await clip);
  return stack(items);
}

function stack(items: readonly ClipItem[]): ClipBatch {
  const { jpg: first, shape } = items[0]!;
  const paths = items.map((item) => item.path);
  if (items.length === 1) return { jpg: first, shape: [1, ...shape], paths };
  const jpg = new Float32Array(items.length * first.length);
  items.forEach((item, i) => jpg.set(item.jpg, i * first.length));
  return { jpg, shape: [items.length, ...shape], paths };
}
