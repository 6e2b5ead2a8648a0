import type { OpCase } from "../../src/testing/index.ts";

/**
 * How far gpu.js may be from float64, relative to the largest value of a result: float32 rounding grows with the number of terms that an element
 * adds up, and shaders compute exponentials and quotients less exactly than JavaScript.
 */
export const tolerances = {
  /** JavaScript's own functions; only what is stored is rounded to float32. */
  cpu: 1e-5,
  /** float32 throughout. */
  webasm: 2e-5,
  webgpu: 5e-5,
  webgl2: 5e-5,
  headlessgl: 5e-5,
} as const;

/** The tolerance of a case in a mode. */
export function toleranceOf(mode: keyof typeof tolerances, _: OpCase): number {
  return tolerances[mode];
}
