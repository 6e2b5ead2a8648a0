import { difference } from "@vidtok/tensor/testing";
import type { Tensor } from "@vidtok/tensor";
import type { Sampled } from "./goldens.ts";

/** One golden number or tensor and how far from it we are, relative to its largest element. */
export interface Row {
  readonly golden: string;
  readonly error: number;
  readonly tolerance: number;
}

/** Some goldens that are measured together, on the backend in use. */
export interface ParityCase {
  readonly name: string;
  measure(): Promise<readonly Row[]>;
}

/** A row for a whole tensor; a wrong shape is infinitely wrong. */
export async function tensorRow(
  golden: string,
  actual: Tensor,
  shape: readonly number[],
  expected: ArrayLike<number>,
  tolerance: number,
): Promise<Row> {
  if (actual.shape.join() !== shape.join()) return { golden, error: Infinity, tolerance };
  return { golden, error: difference(await actual.readExact(), expected).relative, tolerance };
}

/** A row for a vector of blocks.json: its samples and the mean square of all elements. */
export async function sampledRow(
  golden: string,
  actual: Tensor,
  expected: Sampled,
  tolerance: number,
): Promise<Row> {
  if (actual.shape.join() !== expected.shape.join()) return { golden, error: Infinity, tolerance };
  const values = await actual.readExact();
  const { n, samples, sumsq } = expected;
  const found = samples.map((_, i) => values[Math.floor((i * (n - 1)) / (samples.length - 1))]!);
  let squares = 0;
  for (const value of values) squares += value * value;
  const error = Math.max(difference(found, samples).relative, Math.abs(squares / sumsq - 1) / 2);
  return { golden, error, tolerance };
}

/** A row for plain numbers. */
export function numbersRow(
  golden: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): Row {
  return { golden, error: difference(actual, expected).relative, tolerance };
}
