/** An address or another number of 32 bits. */
type Address = number;

/**
 * A kernel: takes a session and the commands' address and length, and returns −1 where it fails.
 */
type Kernel = (session: Address, commands: Address, length: number) => number;

/** What `native/wasm/session.cc` exports: a session's methods, which take its address first. */
export interface WasmKernels {
  readonly __wasm_call_ctors: () => void;
  readonly malloc: (bytes: number) => Address;
  readonly session_new: (threads: number, isa: number) => number;
  readonly session_failure: () => Address;
  readonly session_wantsThreads: (session: Address) => number;
  readonly session_reserve: (session: Address, size: number) => number;
  readonly session_address: (session: Address, handle: number, size: number) => number;
  readonly session_isBf16: (session: Address, handle: number) => number;
  readonly session_check: (session: Address, handle: number) => number;
  readonly session_free: (session: Address, handle: number) => number;
  readonly session_map: Kernel;
  readonly session_reduce: Kernel;
  readonly session_matmul: Kernel;
  readonly session_conv: Kernel;
  readonly session_convWeight: Kernel;
  readonly session_layerNorm: Kernel;
  /** These two return how many storages they made. */
  readonly session_mapAll: Kernel;
  readonly session_layerNormGradients: Kernel;
  readonly session_made: (index: number) => number;
  readonly session_copy: (session: Address, handle: number) => number;
  readonly session_multiplyAdds: (session: Address, isBf16: number, rounds: number) => number;
  readonly session_live: (session: Address) => number;
  readonly session_peak: (session: Address) => number;
  readonly session_packed: (session: Address) => number;
  readonly session_pooled: (session: Address) => number;
  readonly session_trim: (session: Address) => void;
}
