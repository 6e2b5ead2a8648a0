import { expect, test } from "vitest";
import { constantSchedule, warmupCosine } from "../src/index.ts";

const factors = (schedule: (step: number) => number, steps: readonly number[]) =>
  steps.map((step) => Number(schedule(step).toFixed(12)));

test("a constant schedule changes nothing", () => {
  expect(factors(constantSchedule, [0, 1, 1e9])).toEqual([1, 1, 1]);
});

test("the rate rises in a line, falls as a cosine and stays at the floor", () => {
  const schedule = warmupCosine({ warmupSteps: 4, totalSteps: 10 });
  expect(factors(schedule, [0, 1, 2, 3])).toEqual([0.25, 0.5, 0.75, 1]);
  expect(factors(schedule, [4, 6, 7, 8, 10, 1000])).toEqual([1, 0.75, 0.5, 0.25, 0, 0]);
  const floored = warmupCosine({ warmupSteps: 0, totalSteps: 2, floor: 0.1 });
  expect(factors(floored, [0, 1, 2, 3])).toEqual([1, 0.55, 0.1, 0.1]);
});

test("a warm-up that leaves no step to decay in is refused", () => {
  expect(() => warmupCosine({ warmupSteps: 10, totalSteps: 10 })).toThrow(
    "warmupCosine: 10 steps of warm-up in 10 leave none to decay in",
  );
  expect(() => warmupCosine({ warmupSteps: NaN, totalSteps: 10 })).toThrow(RangeError);
});
