/** What a wait for a program is bounded by. */
export interface Patience {
  /** Seconds without progress. */
  readonly seconds: number;
  /**
   * A number that grows with progress that no chunk shows; default: chunks are the only progress.
   */
  readonly progress?: (() => number) | undefined;
  /** Called once when the time is over. */
  readonly giveUp: () => void;
}

/**
 * The chunks of a source, with a bound on the time without progress. Only time spent waiting
 * counts: not the consumer's own, and not that of a stopped process.
 */
export async function* withPatience<T>(
  source: AsyncIterable<T>,
  { seconds, progress = () => 0, giveUp }: Patience,
): AsyncGenerator<T, void, undefined> {
  const ticksAllowed = 10;
  let ticks = 0;
  let reached = progress();
  let isWaiting = true;
  // Ticks, because a process that was stopped hears one tick of however long it stood still.
  const timer = setInterval(
    () => {
      if (progress() !== reached) ticks = 0;
      reached = progress();
      if (isWaiting && ++ticks === ticksAllowed) giveUp();
    },
    (seconds * 1000) / ticksAllowed,
  );
  try {
    for await (const chunk of source) {
      isWaiting = false;
      yield chunk;
      ticks = 0;
      isWaiting = true;
    }
  } finally {
    clearInterval(timer);
  }
}
