import { UnavailableError, type Precision } from "./backend.ts";
import { currentBackend } from "./currentBackend.ts";
import { synchronous } from "./recording.ts";

let current: Precision = "f32";

/** The number format of conv and matmul operands now. */
export function precision(): Precision {
  return current;
}

/** Runs `f` with conv and matmul operands in `format`; sums are always f32. */
export function withPrecision<T>(format: Precision, f: () => T): T {
  const backend = currentBackend();
  if (!backend.precisions.includes(format)) {
    throw new UnavailableError(
      `precision: ${format} does not run on ${backend.name} (${backend.mode}); it has ${backend.precisions.join(", ")}`,
    );
  }
  const before = current;
  current = format;
  try {
    return synchronous("withPrecision", f());
  } finally {
    current = before;
  }
}
