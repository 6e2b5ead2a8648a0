import { expect } from "vitest";
import type { Row } from "./trainingCases.ts";

/** Expects at least so many rows, each within its tolerance. */
export function expectWithin(rows: readonly Row[], least: number): void {
  expect(rows.length).toBeGreaterThanOrEqual(least);
  expect(rows.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
}
