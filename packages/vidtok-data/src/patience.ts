/**
 * The chunks of a source; `giveUp` is called once when one takes longer than `seconds`. Only time
 * spent waiting counts: not the consumer's own, and not that of a stopped process.
 */
export async function* withPatience<T>(
  source: AsyncIterable<T>,
  seconds: number,
  giveUp: () => void,
): AsyncGenerator<T, void, undefined> {
  const ticksAllowed = 10;
  let ticks = 0;
  let isWaiting = true;
  // Ticks, because a process that was stopped hears one tick of however long it stood still.
  const timer = setInterval(
    () => {
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
