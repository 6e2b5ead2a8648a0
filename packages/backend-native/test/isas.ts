import { isaAvailable, nativeBackend, type Isa, type NativeBackend } from "../src/index.ts";

/** A backend for each instruction set this machine runs; the others are named with the reason. */
export const backends: readonly (readonly [Isa, NativeBackend])[] = isaAvailable()
  .filter(({ runs }) => runs)
  .map(({ isa }) => [isa, nativeBackend({ isa, threads: 2 })] as const);

/** WebAssembly and, where an addon loads, the instruction set that is taken there. */
export const fastest: readonly Isa[] = backends
  .map(([isa]) => isa)
  .filter((isa, i) => isa === "wasm" || i === backends.length - 1);

/** Instruction sets that cannot be tested here, and why. */
export const skipped: readonly (readonly [Isa, string])[] = isaAvailable()
  .filter(({ runs }) => !runs)
  .map(({ isa, reason }) => [isa, reason] as const);
