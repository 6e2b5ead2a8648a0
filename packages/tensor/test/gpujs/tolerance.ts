import type { BackendOptions } from "../../src/index.ts";

/**
 * How far a result of gpu.js may be from float64, relative to the largest value. The op table adds up at most a few hundred terms in blocks; what
 * differs between modes is where numbers are rounded and how exact exponentials and quotients are.
 */
export const tolerances = {
  /** float64, rounded to float32 where it is stored. */
  cpu: 2e-6,
  /** float32 throughout; exponentials are JavaScript's. */
  webasm: 4e-6,
  /** Shaders may err by some units in the last place in every quotient and exponential. */
  webgpu: 2e-5,
  webgl2: 2e-5,
  headlessgl: 2e-5,
} as const satisfies Record<NonNullable<BackendOptions["mode"]>, number>;
