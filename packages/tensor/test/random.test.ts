import { expect, test } from "vitest";
import { philox, Random } from "../src/random.ts";

test("philox is Philox4x32-10: the published vector of zeros", () => {
  const out = new Uint32Array(4);
  philox(0, 0, out);
  expect([...out]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
});

test("a generator continues from its state", () => {
  const random = new Random(23);
  random.normal(10);
  const copy = new Random(random.state);
  expect(copy.uniform(5)).toEqual(random.uniform(5));
});

test("uniform numbers fill their range evenly and normal ones have mean 0 and variance 1", () => {
  const uniform = new Random(1).uniform(20_000, -2, 4);
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-2);
  expect(Math.max(...uniform)).toBeLessThan(4);
  expect(average(uniform)).toBeCloseTo(1, 1);
  const normal = new Random(2).normal(20_001);
  expect(average(normal)).toBeCloseTo(0, 1);
  expect(average(normal.map((v) => v * v))).toBeCloseTo(1, 1);
});

test("different seeds and different draws give different numbers", () => {
  const random = new Random(5);
  const [a, b] = [random.uniform(4), random.uniform(4)];
  expect(a).not.toEqual(b);
  expect(new Random(6).uniform(4)).not.toEqual(a);
});

function average(values: Float32Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
