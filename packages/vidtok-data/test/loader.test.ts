import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { ClipSource } from "../src/clipSource.ts";
import { clipLoader } from "../src/loader.ts";
import type { ClipLoaderOptions, LoadedBatch } from "../src/loader.ts";

/** Clips of one pixel that hold their number and a random draw; later ones are ready sooner. */
function numbered(length: number) {
  const state = { running: 0, mostRunning: 0, begun: 0 };
  const source: ClipSource = {
    length,
    async item(index, random) {
      state.begun++;
      state.mostRunning = Math.max(state.mostRunning, ++state.running);
      const draw = random();
      await sleep(index % 2 === 0 ? 4 : 0);
      state.running--;
      return { jpg: Float32Array.of(index, draw, 0), shape: [3, 1, 1, 1], path: `${index}` };
    },
  };
  return { source, state };
}

async function batches(length: number, options: ClipLoaderOptions): Promise<LoadedBatch[]> {
  const all: LoadedBatch[] = [];
  for await (const batch of clipLoader(numbered(length).source, options)) all.push(batch);
  return all;
}

const order = (all: readonly LoadedBatch[]): string[] => all.flatMap((batch) => batch.paths);

test("batches come in order, the last one smaller", async () => {
  const all = await batches(7, { batchSize: 3 });
  expect(all.map((b) => b.paths)).toEqual([["0", "1", "2"], ["3", "4", "5"], ["6"]]);
  expect(all.map((b) => b.shape)).toEqual([
    [3, 3, 1, 1, 1],
    [3, 3, 1, 1, 1],
    [1, 3, 1, 1, 1],
  ]);
  expect([0, 3, 6].map((i) => all[1]!.jpg[i])).toEqual([3, 4, 5]);
});

test("the seed and the epoch decide the order and every draw", async () => {
  const options = { batchSize: 4, shuffle: true, seed: 5, epoch: 2 };
  const all = await batches(20, options);
  expect(await batches(20, { ...options, prefetch: 0 })).toEqual(all);
  expect([...order(all)].sort()).toEqual([...Array(20).keys()].map(String).sort());
  expect(order(await batches(20, { ...options, epoch: 3 }))).not.toEqual(order(all));
  expect(order(await batches(20, { ...options, seed: 6 }))).not.toEqual(order(all));
  const draws = all.flatMap((b) => b.paths.map((_, i) => b.jpg[i * 3 + 1]!));
  expect(new Set(draws).size).toBe(20);
});

test("a loader resumed at a batch goes on as if it had never stopped", async () => {
  const options = { batchSize: 3, shuffle: true, seed: 1, epoch: 4 };
  const all = await batches(11, options);
  expect(await batches(11, { ...options, skip: 2 })).toEqual(all.slice(2));
  expect(await batches(11, { ...options, skip: 4 })).toEqual([]);
});

test("several epochs follow each other, each in its own order", async () => {
  const options = { batchSize: 2, shuffle: true, seed: 3 };
  const all = await batches(5, { ...options, epoch: 4, epochs: 3, skip: 2 });
  expect(all.map(({ epoch, batch }) => [epoch, batch])).toEqual([
    ...[[4, 2]],
    ...[
      [5, 0],
      [5, 1],
      [5, 2],
    ],
    ...[
      [6, 0],
      [6, 1],
      [6, 2],
    ],
  ]);
  const each = await Promise.all([4, 5, 6].map((epoch) => batches(5, { ...options, epoch })));
  expect(all).toEqual(each.flat().slice(2));
});

test("the next epoch is begun before one ends", async () => {
  const { source, state } = numbered(2);
  const loader = clipLoader(source, { batchSize: 2, prefetch: 1, epochs: Infinity });
  await loader.next();
  await vi.waitFor(() => expect(state).toMatchObject({ begun: 4, running: 0 }));
  expect((await loader.next()).value).toMatchObject({ epoch: 1, batch: 0 });
  await loader.return();
});

test("a source without clips has no batches, in however many epochs", async () => {
  expect(await batches(0, { batchSize: 2, epochs: Infinity })).toEqual([]);
});

test("no more is fetched ahead than asked for", async () => {
  const { source, state } = numbered(100);
  const loader = clipLoader(source, { batchSize: 2, prefetch: 3 });
  await loader.next();
  const ended = { begun: 2 + 3 * 2, running: 0 };
  await vi.waitFor(() => expect(state).toMatchObject(ended));
  await loader.return();
  await sleep(20);
  expect(state).toMatchObject(ended);
  expect(state.mostRunning).toBeLessThanOrEqual(4);
});

test("a failure comes at its turn and ends the others", async () => {
  const { source } = numbered(10);
  let aborted = 0;
  const failing: ClipSource = {
    length: 10,
    async item(index, random, signal) {
      signal?.addEventListener("abort", () => aborted++);
      if (index === 3) throw new Error("clip 3 is bad");
      return source.item(index, random);
    },
  };
  const loader = clipLoader(failing, { batchSize: 2 });
  expect((await loader.next()).value?.paths).toEqual(["0", "1"]);
  await expect(loader.next()).rejects.toThrow("clip 3 is bad");
  expect(aborted).toBeGreaterThan(3);
});

test("an abort reaches the clips being read", async () => {
  const controller = new AbortController();
  const waiting: ClipSource = {
    length: 4,
    item: (_index, _random, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
      }),
  };
  const { signal } = controller;
  const next = clipLoader(waiting, { batchSize: 2, signal }).next();
  await sleep(5);
  controller.abort(new Error("enough"));
  await expect(next).rejects.toThrow("enough");
  await expect(clipLoader(waiting, { batchSize: 2, signal }).next()).rejects.toThrow("enough");
});

test("workers must be a whole number", async () => {
  await expect(batches(3, { batchSize: 1, workers: -1 })).rejects.toThrow(
    "clipLoader: workers -1 is not a whole number of at least 0",
  );
});

test("a batch size must be a positive integer", async () => {
  await expect(batches(3, { batchSize: 0 })).rejects.toThrow(
    "clipLoader: batchSize 0 is not a positive integer",
  );
});
