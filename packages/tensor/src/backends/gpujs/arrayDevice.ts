import { ShapeError } from "../../shape.ts";
import { Memory, type Device } from "./device.ts";
import type { Kernels } from "./kernels.ts";
import type { Program } from "./program.ts";
import { borrowMemory } from "./wasmMemory.ts";

// Elements in one WebAssembly memory: 2 GiB.
const memoryElements = 2 ** 29;

/** The modes that compute on ordinary arrays: plain JavaScript and WebAssembly. */
export function arrayDevice(mode: "cpu" | "webasm", kernels: Kernels): Device<Float32Array> {
  const keep = (data: Float32Array): Memory<Float32Array> =>
    new Memory(data.length, data.byteLength, data);
  return {
    mode,
    // The index arithmetic of kernels ends at 2^30.
    largest: mode === "cpu" ? 2 ** 30 : memoryElements,
    inputs: Infinity,
    upload: (data) => keep(data.slice()),
    run(program) {
      if (mode === "webasm") checkMemory(program);
      const kernel = kernels.get(program);
      const args = [...program.inputs.map(({ handle }) => handle), ...program.offsets];
      const run = (): Float32Array => kernel(...args) as Float32Array;
      const result = mode === "webasm" ? borrowMemory(kernel, args, run) : run();
      kernels.check(kernel);
      return keep(result);
    },
    read: ({ handle }) => Promise.resolve(handle.slice()),
  };
}

function checkMemory({ inputs, size }: Program<Float32Array>): void {
  const elements = inputs.reduce((sum, input) => sum + input.size, size);
  if (elements <= memoryElements) return;
  throw new ShapeError(
    `webasm: a kernel's inputs and result hold ${elements} elements together, but its memory holds ${memoryElements}; split the work`,
  );
}
