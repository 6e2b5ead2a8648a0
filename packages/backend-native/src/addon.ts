import type { Precision } from "@vidtok/tensor";

/**
 * Bytes of a session: in storages now and at most, in packed weights, and freed but kept for reuse.
 */
export interface NativeMemory {
  readonly live: number;
  readonly peak: number;
  readonly packed: number;
  readonly pooled: number;
}

/**
 * The C++ side of one backend. Kernels take what is in `commands` and return the number of a new
 * storage.
 */
export interface Session {
  upload(data: Float32Array): number;
  read(handle: number, to: Float32Array): void;
  /** Returns the bytes that are left in storages. */
  free(handle: number): number;
  /** Makes `owner` the owner of a storage, which is released once the owner is collected. */
  own(handle: number, owner: object): void;
  /** Releases storages whose owners were collected, and returns the bytes that are left. */
  sweep(): number;
  map(): number;
  mapAll(): readonly number[];
  reduce(): number;
  matmul(): number;
  conv(): number;
  convWeight(): number;
  layerNorm(): number;
  layerNormGradients(): readonly number[];
  memory(): NativeMemory;
  trim(): void;
  /** Plain memcpy of a storage on all threads, for benchmarks. */
  copy(handle: number): number;
  /**
   * Runs multiply-adds on all threads and returns the floating-point operations done, for
   * benchmarks.
   */
  multiplyAdds(operands: Precision, rounds: number): number;
}

/** What the compiled addon exports. */
export interface Addon {
  /** Slowest first; `reason` says why this machine cannot run it and is empty where it can. */
  readonly isas: readonly { readonly isa: string; readonly reason: string }[];
  readonly Session: new (commands: Float64Array, threads: number, isa: number) => Session;
}
