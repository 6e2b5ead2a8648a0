import { UnavailableError } from "../../backend.ts";
import { Memory, type Device } from "./device.ts";
import type { Kernels } from "./kernels.ts";
import type { CompiledKernel } from "./library.ts";
import type { Program } from "./program.ts";

interface GpuBuffer {
  _refs: number;
  destroy(): void;
}

/** The part of a WebGPU device that we use beside gpu.js. */
interface GpuDevice {
  readonly limits: Readonly<
    Record<
      "maxStorageBufferBindingSize" | "maxBufferSize" | "maxStorageBuffersPerShaderStage",
      number
    >
  >;
  readonly queue: { writeBuffer(buffer: GpuBuffer, offset: number, data: Float32Array): void };
  onuncapturederror: ((event: { readonly error: { readonly message: string } }) => void) | null;
  createBuffer(settings: { readonly size: number; readonly usage: number }): GpuBuffer;
}

/** gpu.js' result of a pipelined kernel. */
interface BufferResult {
  readonly buffer: GpuBuffer;
  delete(): void;
}

interface BufferKernel {
  readonly context: { readonly device: GpuDevice };
  outputBuffer: GpuBuffer | null;
  readBufferResult(result: BufferResult): Promise<Float32Array>;
}

/** A result that is there once the work enqueued before it has been submitted. */
interface Pending {
  result?: BufferResult;
  failure?: unknown;
}

// GPUBufferUsage.STORAGE | COPY_SRC | COPY_DST
const usage = 0x80 | 0x04 | 0x08;

/** The mode that keeps numbers in WebGPU buffers; `probe` is a kernel that has run and its result. */
export function bufferDevice(
  kernels: Kernels,
  probe: { readonly kernel: CompiledKernel; readonly result: unknown },
): Device<Pending> {
  const model = probe.result as BufferResult;
  const modelKernel = probe.kernel.kernel as unknown as BufferKernel;
  const { context } = modelKernel;
  const { device } = context;
  const { limits } = device;
  let deviceError: string | undefined;
  device.onuncapturederror = ({ error }) => (deviceError ??= error.message);
  const keep = (size: number, handle: Pending): Memory<Pending> =>
    new Memory(size, size * 4, handle);

  // gpu.js compiles in the background, so kernels wait for one another here; everything else stays in the same order.
  let queue: Promise<void> = Promise.resolve();
  const enqueue = (task: () => void | Promise<void>): Promise<void> => (queue = queue.then(task));

  const compute = async ({
    inputs,
    offsets,
    ...program
  }: Program<Pending>): Promise<BufferResult> => {
    const buffers = inputs.map(({ handle }) => settled(handle));
    const kernel = kernels.get({ inputs, offsets, ...program });
    const result = (await kernel(...buffers, ...offsets)) as BufferResult;
    kernels.check(kernel);
    // By itself gpu.js keeps the last result of every kernel.
    (kernel.kernel as unknown as BufferKernel).outputBuffer = null;
    result.buffer._refs = 1;
    return result;
  };

  return {
    mode: "webgpu",
    largest: Math.floor(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 4),
    inputs: limits.maxStorageBuffersPerShaderStage - 1,

    upload(data) {
      const buffer = device.createBuffer({ size: data.byteLength, usage });
      device.queue.writeBuffer(buffer, 0, data);
      const settings = { buffer, output: [data.length], context, kernel: modelKernel };
      const result = new (model.constructor as new (settings: object) => BufferResult)(settings);
      return keep(data.length, { result });
    },

    run(program) {
      const handle: Pending = {};
      void enqueue(async () => {
        try {
          handle.result = await compute(program);
        } catch (error) {
          handle.failure = error;
        }
      });
      return keep(program.size, handle);
    },

    async read({ handle }) {
      await queue;
      // Through one kernel, because each keeps the staging buffers that it has used.
      const values = await modelKernel.readBufferResult(settled(handle));
      if (deviceError !== undefined) {
        throw new UnavailableError(`backend gpujs: webgpu failed: ${deviceError}`);
      }
      return values;
    },

    free(handle) {
      void enqueue(() => handle.result?.delete());
    },
  };
}

function settled({ result, failure }: Pending): BufferResult {
  if (failure !== undefined) throw failure;
  if (!result) throw new Error("backend gpujs: a result was used before it was enqueued");
  return result;
}
