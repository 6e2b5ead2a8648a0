import { UnavailableError } from "../../backend.ts";
import { arrayDevice } from "./arrayDevice.ts";
import { bufferDevice } from "./bufferDevice.ts";
import type { Device } from "./device.ts";
import { Kernels } from "./kernels.ts";
import { kernelClass, loadLibrary, modes, type Library, type Mode } from "./library.ts";
import { textureDevice } from "./textureDevice.ts";
import { whyNot } from "./whyNot.ts";

/** A device with the kernels it runs; what it keeps for a storage is its own affair. */
export interface OpenDevice {
  readonly device: Device<unknown>;
  readonly kernels: Kernels;
}

/** Opens the best mode that runs here, or the one that is asked for; throws an UnavailableError that says why that one cannot. */
export async function openDevice(mode?: Mode): Promise<OpenDevice> {
  const library = await loadLibrary();
  if (mode !== undefined) {
    if (!modes.includes(mode)) {
      throw new UnavailableError(
        `backend gpujs: there is no mode "${mode}"; choose ${modes.join(", ")}`,
      );
    }
    return open(library, mode);
  }
  for (const candidate of modes) {
    if (candidate === "cpu") break;
    try {
      return await open(library, candidate);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
  }
  return open(library, "cpu");
}

const inputTypes = {
  webgpu: "Array",
  webgl2: "ArrayTexture(1)",
  headlessgl: "ArrayTexture(1)",
  webasm: "Array",
  cpu: "Array",
} as const satisfies Record<Mode, string>;

async function open(library: Library, mode: Mode): Promise<OpenDevice> {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new UnavailableError(`backend gpujs: mode ${mode} cannot run here: ${reason}`, { cause });
  };
  const reason = await whyNot(kernelClass(library, mode), mode);
  if (reason !== undefined) return refuse(reason);
  try {
    const kernels = new Kernels(library, mode, inputTypes[mode]);
    const device = (await makeDevice(mode, kernels)) as Device<unknown>;
    const values = await probe(device);
    if (values.join() !== "1.5,2,2.5,3") {
      return refuse(`it computed [${values.join(", ")}] instead of [1.5, 2, 2.5, 3]`);
    }
    return { device, kernels };
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    return refuse((error as Error).message, error);
  }
}

async function makeDevice(mode: Mode, kernels: Kernels): Promise<unknown> {
  if (mode === "cpu" || mode === "webasm") return arrayDevice(mode, kernels);
  // A first kernel, without inputs, shows what gpu.js' results look like in this mode and which context it opened.
  const program = {
    source: "function () { return this.thread.x; }",
    inputs: [],
    offsets: [],
    size: 4,
  };
  const kernel = kernels.get(program);
  const result = await kernel();
  kernels.check(kernel);
  const first = { kernel, result };
  return mode === "webgpu" ? bufferDevice(kernels, first) : textureDevice(mode, kernels, first);
}

/** What one kernel computes: a mode that computes nonsense does not run. */
async function probe(device: Device<unknown>): Promise<Float32Array> {
  const input = device.upload(Float32Array.of(1, 2, 3, 4));
  const result = device.run({
    source: "function (x0, o0) { return x0[this.thread.x] * 0.5 + o0; }",
    inputs: [input],
    offsets: [1],
    size: 4,
  });
  const values = await device.read(result);
  for (const { handle } of [input, result]) device.free?.(handle);
  return values;
}
