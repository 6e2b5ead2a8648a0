import type { ClipItem, ClipSource } from "./clipSource.ts";
import type { BatchPlace } from "./batchPlan.ts";
import { randomSource } from "./random.ts";
import type { Turns } from "./turns.ts";

/** Several clips of one shape, one after another. */
export interface ClipBatch {
  readonly jpg: Float32Array;
  /** `[b, 3, t, h, w]` */
  readonly shape: readonly [b: number, c: 3, t: number, h: number, w: number];
  readonly paths: readonly string[];
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
