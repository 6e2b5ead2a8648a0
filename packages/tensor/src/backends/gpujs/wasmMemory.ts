import type { CompiledKernel } from "./library.ts";

const pageBytes = 65536;
// What gpu.js declares as the maximum of every kernel whose arguments and result fit into it.
const sharedPages = 4096;

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Instance: new (module: unknown, imports: object) => WasmInstance;
}

/** gpu.js' own record of a compiled kernel. */
interface Entry {
  memory: WasmMemory;
  instance: WasmInstance;
  run: unknown;
  runSimd: unknown;
  f32: Float32Array;
  i32: Int32Array;
  readonly module: unknown;
  readonly mathImports: readonly string[];
}

interface WasmKernel {
  readonly built: boolean;
  build(...args: readonly unknown[]): void;
  _active: Entry | null;
  readonly _moduleCache: Map<string, Entry>;
}

// Neither Node's types nor the standard library's declare this API.
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

let shared: WasmMemory | undefined;

/**
 * Runs a WebAssembly kernel in a memory that all kernels share. By itself gpu.js gives every kernel one of its own, as large as its arguments and
 * its result, and never lets go of it; since arguments are copied in and the result is copied out at each run, nothing is lost between runs.
 */
export function borrowMemory<T>(
  shortcut: CompiledKernel,
  args: readonly unknown[],
  run: () => T,
): T {
  const kernel = shortcut.kernel as unknown as WasmKernel;
  if (!kernel.built) kernel.build(...args);
  const entry = kernel._active;
  // Without one gpu.js has fallen back to another mode, or the kernel's own large memory was dropped below.
  if (!entry) return run();
  const pages = entry.memory.buffer.byteLength / pageBytes;
  if (pages > sharedPages) {
    const result = run();
    kernel._active = null;
    kernel._moduleCache.clear();
    return result;
  }
  shared ??= new WebAssembly.Memory({ initial: pages, maximum: sharedPages });
  if (entry.memory !== shared) {
    const present = shared.buffer.byteLength / pageBytes;
    if (present < pages) shared.grow(pages - present);
    const math = entry.mathImports.map((name) => [`math_${name}`, Reflect.get(Math, name)]);
    const env = { memory: shared, ...Object.fromEntries(math) };
    entry.instance = new WebAssembly.Instance(entry.module, { env });
    entry.memory = shared;
    entry.run = entry.instance.exports["run"];
    entry.runSimd = entry.instance.exports["run_simd"] ?? null;
  }
  // Growing replaces the buffer.
  if (entry.f32.buffer !== shared.buffer) {
    entry.f32 = new Float32Array(shared.buffer);
    entry.i32 = new Int32Array(shared.buffer);
  }
  return run();
}
