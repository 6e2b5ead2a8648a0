import { webAssembly, type WasmMemory, type WasmModule } from "./webAssembly.ts";
import type { WasmKernels } from "./kernels.ts";

const pages = { initial: 256, maximum: 65536, shared: true } as const;

/** An instance of the engine with memory of its own, which grows to 4 GiB. */
export class WasmHeap {
  readonly memory: WasmMemory;
  readonly kernels: WasmKernels;

  constructor(module: WasmModule, yieldCore: () => void) {
    const { Memory, Instance } = webAssembly();
    this.memory = new Memory(pages);
    const imports = { env: { memory: this.memory, vidtok_yield: yieldCore } };
    this.kernels = new Instance(module, imports).exports;
    this.kernels.__wasm_call_ctors();
  }

  /** The address of new memory. */
  take(bytes: number): number {
    const address = this.kernels.malloc(bytes) >>> 0;
    if (address === 0) throw new Error(`native: out of memory: ${bytes} bytes were asked for`);
    return address;
  }

  // Views are made anew, as memory may have grown.
  floats(address: number, length: number): Float32Array<SharedArrayBuffer> {
    return new Float32Array(this.memory.buffer, address, length);
  }
  halves(address: number, length: number): Uint16Array<SharedArrayBuffer> {
    return new Uint16Array(this.memory.buffer, address, length);
  }
  doubles(address: number, length: number): Float64Array<SharedArrayBuffer> {
    return new Float64Array(this.memory.buffer, address, length);
  }

  /** ASCII text that ends with a zero. */
  text(address: number): string {
    const bytes = new Uint8Array(this.memory.buffer, address);
    return String.fromCharCode(...bytes.slice(0, bytes.indexOf(0)));
  }
}
