import { useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { blockNames, measureBlock, measureRun, runNames } from "./trainingCases.ts";
import type { Row } from "./trainingCases.ts";

beforeAll(() => useBackend("auto"));

function expectWithin(rows: readonly Row[]): void {
  const far = rows.filter(({ error, tolerance }) => !(error <= tolerance));
  expect(far).toEqual([]);
}

test.each(runNames)("%s: every logged value, and all norms at the end", async (name) => {
  const rows = await measureRun(name);
  expect(rows.length).toBeGreaterThan(200);
  expectWithin(rows);
});

test.each(blockNames)("%s: two steps with both losses", async (name) => {
  const rows = await measureBlock(name);
  expect(rows.length).toBeGreaterThan(40);
  expectWithin(rows);
});
