import { expect, test } from "vitest";
import { axisOf } from "../../src/page/axis.ts";

test.for([
  [[34.9, 28.3, 30], "25 30 35"],
  [[29.7, 34.5], "28 30 32 34 36"],
  [[0.8, 0.95], "0.80 0.85 0.90 0.95"],
  [[34, 34.2], "34.0 34.1 34.2"],
  [[0.12345, 0.12346], "0.123450 0.123455 0.123460 0.123465"],
  [[-3, 1200], "-500 0 500 1000 1500"],
  [[80, 80], "79 80 81"],
  [[0], "-0.0001 0.0000 0.0001"],
] as const)("the ticks around %j are %s", ([values, expected]) => {
  const { low, high, ticks, decimals } = axisOf(values);
  expect(ticks.map((tick) => tick.toFixed(decimals)).join(" ")).toBe(expected);
  expect([low, high]).toEqual([ticks[0], ticks.at(-1)]);
  expect(low).toBeLessThanOrEqual(Math.min(...values));
  expect(high).toBeGreaterThanOrEqual(Math.max(...values));
});
