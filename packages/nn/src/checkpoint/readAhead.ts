/** Reads items in order; the next one is read while the caller works on the one before. */
export async function* readAhead<T, R>(
  items: readonly T[],
  read: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const start = (i: number): Promise<R> | undefined => {
    if (i >= items.length) return undefined;
    const reading = read(items[i]!);
    // If the caller stops early, nobody awaits this one.
    reading.catch(() => undefined);
    return reading;
  };
  let next = start(0);
  for (let i = 0; next; i++) {
    const value = await next;
    next = start(i + 1);
    yield value;
  }
}
