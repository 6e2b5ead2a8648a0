import { denseStrides } from "./shape.ts";

/** How many values are NaN or infinite and where the first one is; undefined if all are finite. */
export function nonFinite(values: Float32Array, shape: readonly number[]): string | undefined {
  if (isFiniteSum(values)) return undefined;
  const first = values.findIndex((value) => !Number.isFinite(value));
  const count = values.reduce((sum, value) => (Number.isFinite(value) ? sum : sum + 1), 0);
  const index = denseStrides(shape).map((stride, axis) =>
    shape[axis] === 0 ? 0 : Math.floor(first / stride) % shape[axis]!,
  );
  return (
    `${count} NaN or infinite ${count === 1 ? "value" : "values"} of ${values.length} ` +
    `(first at [${index.join(", ")}])`
  );
}

// A float64 sum of float32 values is not finite only if one of them is not. Four independent sums
// hide the latency of an addition.
function isFiniteSum(values: Float32Array): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  const end = values.length - 7;
  for (; i < end; i += 8) {
    a += values[i]! + values[i + 1]!;
    b += values[i + 2]! + values[i + 3]!;
    c += values[i + 4]! + values[i + 5]!;
    d += values[i + 6]! + values[i + 7]!;
  }
  for (; i < values.length; i++) a += values[i]!;
  return Number.isFinite(a + b + c + d);
}
