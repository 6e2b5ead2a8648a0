import { expect, test } from "vitest";
import { readAhead } from "../../src/checkpoint/readAhead.ts";

/** Reads weights as items, and notes the order in which reads start and results arrive. */
async function traced(weights: readonly number[], limit: number): Promise<readonly string[]> {
  const events: string[] = [];
  const read = (weight: number) => {
    events.push(`read ${weight}`);
    return Promise.resolve(weight);
  };
  for await (const value of readAhead(weights, read, (weight) => weight, limit)) {
    events.push(`use ${value}`);
  }
  return events;
}

test("items are read ahead while they weigh no more than the limit", async () => {
  const events = ["read 1", "read 2", "read 3", "use 1", "read 4", "use 2", "use 3", "use 4"];
  expect(await traced([1, 2, 3, 4], 7)).toEqual(events);
});

test("one item is read ahead whatever it weighs", async () => {
  expect(await traced([9, 8, 7], 1)).toEqual([
    "read 9",
    "read 8",
    "use 9",
    "read 7",
    "use 8",
    "use 7",
  ]);
  expect(await traced([], 1)).toEqual([]);
});

test("an error arrives in its turn, and later reads that fail do no harm", async () => {
  const read = (i: number) =>
    i === 0 ? Promise.resolve(i) : Promise.reject(new Error(`item ${i}`));
  const seen: number[] = [];
  const all = async () => {
    for await (const i of readAhead([0, 1, 2], read, () => 1, 10)) seen.push(i);
  };
  await expect(all()).rejects.toThrow("item 1");
  expect(seen).toEqual([0]);
});
