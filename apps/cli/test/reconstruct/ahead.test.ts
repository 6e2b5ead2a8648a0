import { expect, test } from "vitest";
import { ahead } from "../../src/reconstruct/ahead.ts";

/** Numbers from 1 on; what happens to it is noted. */
async function* counting(notes: string[], count: number): AsyncGenerator<number> {
  try {
    for (let i = 1; i <= count; i++) {
      notes.push(`make ${i}`);
      await new Promise((resolve) => setImmediate(resolve));
      yield i;
    }
  } finally {
    notes.push("end");
  }
}

test("the next item is being made while the consumer has one, and no more than that", async () => {
  const notes: string[] = [];
  for await (const item of ahead(counting(notes, 3))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    notes.push(`used ${item}`);
  }
  expect(notes).toEqual([...["make 1", "make 2", "used 1", "make 3", "used 2", "end", "used 3"]]);
});

test("a consumer that stops ends the source", async () => {
  const notes: string[] = [];
  for await (const item of ahead(counting(notes, 9))) if (item === 2) break;
  expect(notes).toEqual(["make 1", "make 2", "make 3", "end"]);
});

test("an error of the source comes after the items before it", async () => {
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    const failing = async function* () {
      yield 1;
      await Promise.resolve();
      throw new Error("no more");
    };
    for await (const item of ahead(failing())) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(item);
    }
  };
  await expect(read()).rejects.toThrow("no more");
  expect(seen).toEqual([1]);
});
