import type { BackendOptions } from "../../backend.ts";
import { UnavailableError } from "../../backend.ts";

/** A way in which gpu.js runs kernels. */
export type Mode = NonNullable<BackendOptions["mode"]>;

/** What gpu.js runs for a kernel: an instance of the class of its mode. */
export interface RunningKernel {
  readonly constructor: unknown;
}

/** A compiled kernel: a function of its arguments. */
export interface CompiledKernel {
  (...args: readonly unknown[]): unknown;
  readonly kernel: RunningKernel;
}

/** The part of gpu.js' settings of a kernel that we use. */
export interface KernelSettings {
  readonly output: readonly number[];
  readonly argumentTypes: Readonly<Record<string, string>>;
  readonly returnType: "Number";
  readonly pipeline: true;
  readonly immutable: true;
  readonly precision: "single";
  readonly tactic: "precision";
  readonly fixIntegerDivisionAccuracy: false;
  readonly loopMaxIterations: number;
}

/** A gpu.js instance: one device in one mode. */
export interface Gpu {
  createKernel(source: string, settings: KernelSettings): CompiledKernel;
  addFunction(
    source: string,
    types: { readonly argumentTypes: readonly string[]; readonly returnType: string },
  ): unknown;
}

interface KernelClass {
  readonly isSupported: boolean;
}

/** The part of the package gpu.js that we use; its own types do not know the newer modes. */
export interface Library {
  readonly GPU: new (settings: { readonly mode: Mode }) => Gpu;
  readonly CPUKernel: KernelClass;
  readonly HeadlessGLKernel: KernelClass;
  readonly WebAssemblyKernel: KernelClass;
  readonly WebGL2Kernel: KernelClass;
  readonly WebGPUKernel: KernelClass;
}

const classes = {
  webgpu: "WebGPUKernel",
  webgl2: "WebGL2Kernel",
  headlessgl: "HeadlessGLKernel",
  webasm: "WebAssemblyKernel",
  cpu: "CPUKernel",
} as const satisfies Record<Mode, keyof Library>;

/** The modes, best first. */
export const modes = Object.keys(classes) as readonly Mode[];

/** The class whose instances run kernels in a mode. */
export function kernelClass(library: Library, mode: Mode): KernelClass {
  return library[classes[mode]];
}

/** Throws where gpu.js has put another kind of kernel in the place of the one that was asked for. */
export function checkMode(library: Library, mode: Mode, { kernel }: CompiledKernel): void {
  if (kernel.constructor === kernelClass(library, mode)) return;
  const ran = modes.find((other) => kernel.constructor === kernelClass(library, other));
  throw new UnavailableError(
    `backend gpujs: a kernel asked for mode ${mode} but ran in ${ran ?? "an unknown mode"}`,
  );
}

/** Loads gpu.js when it is first needed. */
export async function loadLibrary(): Promise<Library> {
  const loaded: { readonly default?: unknown } = await import("gpu.js");
  return (loaded.default ?? loaded) as Library;
}
