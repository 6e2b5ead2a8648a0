/** The items of a source, whose next one is already being made while the consumer works on the one before. */
export async function* ahead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  const begin = (): Promise<IteratorResult<T>> => {
    const next = items.next();
    // Whoever waits for it hears of its error, not the process.
    next.catch(() => undefined);
    return next;
  };
  let next = begin();
  try {
    for (;;) {
      const { done = false, value } = await next;
      if (done) return;
      next = begin();
      yield value as T;
    }
  } finally {
    await items.return?.();
  }
}
