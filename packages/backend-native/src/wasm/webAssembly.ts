// The part of WebAssembly's own interface that is used here; Node's types do not have it.
import type { WasmKernels } from "./kernels.ts";

/** Compiled code, which threads share. */
export type WasmModule = object;

/** Shared memory that grows; a view of `buffer` ends where the memory ended when it was made. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

/** What the engine's file imports. */
export interface WasmImports {
  readonly env: { readonly memory: WasmMemory; readonly vidtok_yield: () => void };
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Memory: new (pages: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => WasmMemory;
  readonly Instance: new (
    module: WasmModule,
    imports: WasmImports,
  ) => { readonly exports: WasmKernels };
}

/** WebAssembly as this JavaScript engine has it; throws where it has none. */
export function webAssembly(): WebAssemblyApi {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyApi };
  if (!WebAssembly) throw new Error("this JavaScript engine runs without WebAssembly");
  return WebAssembly;
}
