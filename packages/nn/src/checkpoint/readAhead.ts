/**
 * Reads items in order; the next ones are read while the caller works on the one before: at least
 * one, and more while those that wait weigh at most `limit` together.
 */
export async function* readAhead<T, R>(
  items: readonly T[],
  read: (item: T) => Promise<R>,
  weigh: (item: T) => number,
  limit: number,
): AsyncGenerator<R> {
  const waiting: { reading: Promise<R>; weight: number }[] = [];
  let weight = 0;
  let next = 0;
  const start = (): void => {
    while (next < items.length) {
      const item = items[next]!;
      const added = weigh(item);
      if (waiting.length > 0 && weight + added > limit) return;
      next++;
      weight += added;
      const reading = read(item);
      // If the caller stops early, nobody awaits this one.
      reading.catch(() => undefined);
      waiting.push({ reading, weight: added });
    }
  };
  start();
  for (let first = waiting.shift(); first; first = waiting.shift()) {
    const value = await first.reading;
    weight -= first.weight;
    start();
    yield value;
  }
}
