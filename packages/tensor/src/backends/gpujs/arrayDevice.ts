import { Memory, type Device } from "./device.ts";
import type { Kernels } from "./kernels.ts";
import { borrowMemory } from "./wasmMemory.ts";

/** The modes that compute on ordinary arrays: plain JavaScript and WebAssembly. */
export function arrayDevice(mode: "cpu" | "webasm", kernels: Kernels): Device<Float32Array> {
  const keep = (data: Float32Array): Memory<Float32Array> =>
    new Memory(data.length, data.byteLength, data);
  return {
    mode,
    // Kernels count elements in 31 bits; WebAssembly's bytes, of inputs and result together, fit into 32.
    largest: mode === "cpu" ? 2 ** 30 : 2 ** 28,
    inputs: Infinity,
    upload: (data) => keep(data.slice()),
    run(program) {
      const kernel = kernels.get(program);
      const args = [...program.inputs.map(({ handle }) => handle), ...program.offsets];
      const run = (): Float32Array => kernel(...args) as Float32Array;
      const result = mode === "webasm" ? borrowMemory(kernel, args, run) : run();
      kernels.check(kernel);
      return keep(result);
    },
    read: ({ handle }) => Promise.resolve(handle.slice()),
    free: () => {},
  };
}
