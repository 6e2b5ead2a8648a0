import { UnavailableError, type Backend, type Precision } from "./backend.ts";
import { currentBackend } from "./currentBackend.ts";
import { synchronous } from "./recording.ts";

let current: Precision = "f32";

/** The number format that conv and matmul compute in now. */
export function precision(): Precision {
  return current;
}

/** The number format that conv and matmul of tensors on `backend` compute in now; throws where it has no such format. */
export function precisionOn(backend: Backend): Precision {
  return available(current, backend);
}

function available(format: Precision, backend: Backend): Precision {
  if (backend.precisions.includes(format)) return format;
  throw new UnavailableError(
    `precision: ${format} does not run on ${backend.name} (${backend.mode}); it has ${backend.precisions.join(", ")}`,
  );
}

/**
 * Runs `f` with conv and matmul in `format`: operands are rounded to it, sums are f32, and the result is rounded to it. Gradients
 * compute in the format that their op was recorded in; those of weights come out in f32. All other ops stay f32.
 */
export function withPrecision<T>(format: Precision, f: () => T): T {
  available(format, currentBackend());
  const before = current;
  current = format;
  try {
    return synchronous("withPrecision", f());
  } finally {
    current = before;
  }
}
