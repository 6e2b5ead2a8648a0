import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withPatience } from "../src/patience.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Chunks that come after these many seconds each. */
async function* chunksAfter(...seconds: readonly number[]): AsyncGenerator<number> {
  for (const each of seconds) {
    await new Promise((resolve) => setTimeout(resolve, each * 1000));
    yield each;
  }
}

async function gathered<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

test("the time between chunks counts, not their sum", async () => {
  const giveUp = vi.fn();
  const all = gathered(withPatience(chunksAfter(8, 8, 8), { seconds: 10, giveUp }));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await all).toEqual([8, 8, 8]);
  expect(giveUp).not.toHaveBeenCalled();
});

test("a chunk that takes too long is given up once", async () => {
  const giveUp = vi.fn();
  const all = gathered(withPatience(chunksAfter(1, 40), { seconds: 10, giveUp }));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(giveUp).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2000);
  expect(giveUp).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await all).toEqual([1, 40]);
  expect(giveUp).toHaveBeenCalledTimes(1);
});

test("progress that no chunk shows keeps the wait alive, until it stands still", async () => {
  const giveUp = vi.fn();
  let pictures = 0;
  const growing = setInterval(() => pictures++, 5000);
  const options = { seconds: 10, progress: () => pictures, giveUp };
  const all = gathered(withPatience(chunksAfter(100), options));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(giveUp).not.toHaveBeenCalled();
  clearInterval(growing);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(giveUp).toHaveBeenCalledTimes(1);
  expect(await all).toEqual([100]);
});

test("the time that a consumer takes does not count", async () => {
  const giveUp = vi.fn();
  const chunks = withPatience(chunksAfter(1, 1), { seconds: 10, giveUp });
  const first = chunks.next();
  await vi.advanceTimersByTimeAsync(1000);
  await first;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(giveUp).not.toHaveBeenCalled();
  await chunks.return();
});
