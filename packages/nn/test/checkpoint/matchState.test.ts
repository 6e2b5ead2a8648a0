import { expect, test } from "vitest";
import { matchState } from "../../src/index.ts";

const expected = new Map([
  ["encoder.a", [2, 3]],
  ["encoder.b", [3]],
  ["decoder.c", []],
]);
const entry = (...shape: number[]) => ({ shape });

test("names on one side only are reported", () => {
  const entries = new Map([
    ["loss.d", entry(1)],
    ["encoder.a", entry(2, 3)],
    ["decoder.c", entry()],
  ]);
  const match = matchState(expected, entries);
  expect([...match.used.keys()]).toEqual(["encoder.a", "decoder.c"]);
  expect(match.missing).toEqual(["encoder.b"]);
  expect(match.unexpected).toEqual(["loss.d"]);
});

test("ignored keys match from the start of the name", () => {
  const entries = new Map([
    ["encoder.a", entry(9)],
    ["encoder.b", entry(3)],
    ["loss.encoder.a", entry(1)],
  ]);
  const match = matchState(expected, entries, { ignoreKeys: ["nothing|encoder.a"] });
  expect([...match.used.keys()]).toEqual(["encoder.b"]);
  expect([match.missing, match.ignored]).toEqual([["decoder.c"], ["encoder.a"]]);
  expect(match.unexpected).toEqual(["loss.encoder.a"]);
});

test("a shape that differs is an error with the key and both shapes", () => {
  const one = new Map([["encoder.a", entry(3, 2)]]);
  expect(() => matchState(expected, one, { path: "model.ckpt" })).toThrow(
    "checkpoint: model.ckpt: encoder.a is [3, 2] but the model takes [2, 3]",
  );
  const two = new Map([...one, ["encoder.b", entry(1)] as const]);
  expect(() => matchState(expected, two)).toThrow(/takes \[2, 3\]; so do 1 more tensors$/);
});
