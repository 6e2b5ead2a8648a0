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
  const reasons: string[] = [];
  for (const candidate of modes) {
    try {
      return await open(library, candidate);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      reasons.push(error.message);
    }
  }
  throw new UnavailableError(reasons.join("\n"));
}

const inputTypes = {
  webgpu: "Array",
  webgl2: "ArrayTexture(1)",
  headlessgl: "ArrayTexture(1)",
  webasm: "Array",
  cpu: "Array",
} as const satisfies Record<Mode, string>;

async function open(library: Library, mode: Mode): Promise<OpenDevice> {
  const reason = await whyNot(kernelClass(library, mode), mode);
  if (reason !== undefined) {
    throw new UnavailableError(`backend gpujs: mode ${mode} cannot run here: ${reason}`);
  }
  const kernels = new Kernels(library, mode, inputTypes[mode]);
  const device = (await makeDevice(mode, kernels)) as Device<unknown>;
  await check(device);
  return { device, kernels };
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

/** Runs one kernel and looks at its result: a mode that computes nonsense does not run. */
async function check(device: Device<unknown>): Promise<void> {
  const input = device.upload(Float32Array.of(1, 2, 3, 4));
  const result = device.run({
    source: "function (x0, o0) { return x0[this.thread.x] * 0.5 + o0; }",
    inputs: [input],
    offsets: [1],
    size: 4,
  });
  const values = await device.read(result);
  device.free(input);
  device.free(result);
  if (values.join() !== "1.5,2,2.5,3") {
    throw new UnavailableError(
      `backend gpujs: mode ${device.mode} cannot run here: it computed [${values.join(", ")}] instead of [1.5, 2, 2.5, 3]`,
    );
  }
}
