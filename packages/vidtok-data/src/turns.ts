import { availableParallelism } from "node:os";

/** Decoders to run at a time: more of them only wait for each other. */
export const mostDecoders: number = Math.min(4, availableParallelism());

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
