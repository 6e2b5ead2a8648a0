import { expect, test } from "vitest";
import { Meter } from "../../src/loop/meter.ts";

test("speed and waiting are those of the last fifty steps", () => {
  const meter = new Meter();
  meter.add(2, 1);
  meter.add(2, 0);
  expect(meter.stepsPerSecond).toBe(0.5);
  expect(meter.dataWait).toBe(0.25);
  for (let i = 0; i < 50; i++) meter.add(4, 1);
  expect(meter.stepsPerSecond).toBe(0.25);
  expect(meter.dataWait).toBe(0.25);
});
