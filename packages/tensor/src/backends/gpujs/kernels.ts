import { kernelFunctions } from "./functions.ts";
import { checkMode, type CompiledKernel, type Gpu, type Library, type Mode } from "./library.ts";
import type { Program } from "./program.ts";

/** A gpu.js instance with the kernels that it has compiled. */
export class Kernels {
  readonly #library: Library;
  readonly #mode: Mode;
  readonly #inputType: string;
  readonly #gpu: Gpu;
  readonly #compiled = new Map<string, CompiledKernel>();

  /** Kernels of `mode` whose inputs gpu.js calls `inputType`. */
  constructor(library: Library, mode: Mode, inputType: string) {
    this.#library = library;
    this.#mode = mode;
    this.#inputType = inputType;
    this.#gpu = new library.GPU({ mode });
    for (const { source, argumentTypes, returnType } of kernelFunctions) {
      this.#gpu.addFunction(source, { argumentTypes, returnType });
    }
  }

  /** Kernels compiled so far. */
  get count(): number {
    return this.#compiled.size;
  }

  /** The kernel of a program, compiled for the sizes of its result and its inputs. */
  get<Handle>({ source, size, inputs, offsets }: Program<Handle>): CompiledKernel {
    const key = `${source}\n${[size, ...inputs.map((input) => input.size)].join()}`;
    let kernel = this.#compiled.get(key);
    if (!kernel) {
      const types = [
        ...inputs.map((_, i) => [`x${i}`, this.#inputType]),
        ...offsets.map((_, i) => [`o${i}`, "Integer"]),
      ];
      kernel = this.#gpu.createKernel(source, {
        output: [size],
        argumentTypes: Object.fromEntries(types),
        returnType: "Number",
        pipeline: true,
        immutable: true,
        precision: "single",
        tactic: "precision",
        // It would change divisions of large numbers; ours of whole numbers correct themselves.
        fixIntegerDivisionAccuracy: false,
        // Our loops have literal bounds and need no limit; should gpu.js see one differently, it must not cut it short.
        loopMaxIterations: 2 ** 30,
      });
      this.#compiled.set(key, kernel);
    }
    return kernel;
  }

  /** Throws where gpu.js has silently fallen back to another mode. */
  check(kernel: CompiledKernel): void {
    checkMode(this.#library, this.#mode, kernel);
  }
}
