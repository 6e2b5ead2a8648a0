import { afterEach, expect, test, vi } from "vitest";
import { arrayDevice } from "../../src/backends/gpujs/arrayDevice.ts";
import { Memory } from "../../src/backends/gpujs/device.ts";
import { backendOn, gpujsBackend } from "../../src/backends/gpujs/gpujsBackend.ts";
import { Kernels } from "../../src/backends/gpujs/kernels.ts";
import { checkMode, loadLibrary } from "../../src/backends/gpujs/library.ts";
import { openDevice } from "../../src/backends/gpujs/openDevice.ts";
import { constant, input } from "../../src/expr.ts";
import { UnavailableError, useBackend } from "../../src/index.ts";
import { referenceBackend } from "../../src/testing/index.ts";
import { dense } from "../../src/view.ts";
import { trainSteps } from "./trainSteps.ts";

test("the best mode that runs is WebAssembly where there is no GPU", async () => {
  const backend = await useBackend("gpujs");
  expect([backend.name, backend.mode, backend.precisions]).toEqual(["gpujs", "webasm", ["f32"]]);
});

test("a mode that cannot run is an error with the reason, never another mode", async () => {
  const refusal = (mode: string): Promise<unknown> =>
    gpujsBackend({ mode: mode as "cpu" }).then(
      (backend) => backend.mode,
      (error: Error) => [error instanceof UnavailableError, error.message],
    );
  expect(await refusal("webgpu")).toEqual([
    true,
    "backend gpujs: mode webgpu cannot run here: there is no navigator.gpu; it needs a browser with WebGPU and a page served from https or localhost",
  ]);
  expect(await refusal("webgl2")).toEqual([
    true,
    "backend gpujs: mode webgl2 cannot run here: there is no canvas; it needs a browser",
  ]);
  expect(await refusal("webgl")).toEqual([
    true,
    'backend gpujs: there is no mode "webgl"; choose webgpu, webgl2, headlessgl, webasm, cpu',
  ]);
});

async function webgpuRefusal(navigator: object): Promise<string> {
  vi.stubGlobal("navigator", navigator);
  return gpujsBackend({ mode: "webgpu" }).then(({ mode }) => mode, String);
}
afterEach(() => vi.unstubAllGlobals());

test("WebGPU without an adapter, or with one that does not work, cannot run", async () => {
  expect(await webgpuRefusal({ gpu: { requestAdapter: () => Promise.resolve(null) } })).toBe(
    "UnavailableError: backend gpujs: mode webgpu cannot run here: navigator.gpu has no adapter; this machine offers the browser no usable GPU",
  );
  const requestDevice = (): Promise<never> => Promise.reject(new Error("the device is gone"));
  const adapter = { limits: {}, requestDevice };
  expect(await webgpuRefusal({ gpu: { requestAdapter: () => Promise.resolve(adapter) } })).toBe(
    "UnavailableError: backend gpujs: mode webgpu cannot run here: the device is gone",
  );
  // Nobody asked for that mode here, so the next one runs.
  expect((await gpujsBackend()).mode).toBe("webasm");
});

test("a kernel that gpu.js runs in another mode than the one asked for is an error", async () => {
  const library = await loadLibrary();
  const kernel = new library.GPU({ mode: "cpu" }).createKernel("function () { return 1; }", {
    output: [1],
  } as never);
  expect(() => checkMode(library, "webasm", kernel)).toThrow(
    "backend gpujs: a kernel asked for mode webasm but ran in cpu",
  );
});

test.for(["cpu", "webasm"] as const)(
  "a training step compiles nothing after the first in mode %s",
  async (mode) => {
    const { device, kernels } = await openDevice(mode);
    const counts = await trainSteps(backendOn(device), 3, () => kernels.count);
    expect(counts[0]).toBeGreaterThan(5);
    expect(counts).toEqual([counts[0], counts[0], counts[0]]);
  },
);

test("slices at different places share one kernel", async () => {
  const { device, kernels } = await openDevice("cpu");
  const backend = backendOn(device);
  const storage = backend.upload(Float32Array.of(1, 2, 3, 4));
  const read = async (offset: number): Promise<number[]> => {
    const view = { ...dense([2]), offset };
    return [...(await backend.read(backend.map([2], [{ storage, view }], input(0))))];
  };
  const before = kernels.count;
  expect([await read(0), await read(2)]).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(kernels.count).toBe(before + 1);
});

test("WebAssembly kernels share one memory, which grows with the largest of them", async () => {
  const backend = await gpujsBackend({ mode: "webasm" });
  const sums = async (size: number, times: number): Promise<number[]> => {
    const source = { storage: backend.upload(new Float32Array(size).fill(1)), view: dense([size]) };
    const runs = Array.from({ length: times }, () => {
      return backend.reduce([size], [source], input(0), "sum", 1);
    });
    return Promise.all(runs.map(async (run) => (await backend.read(run))[0]!));
  };
  expect(await sums(3, 1)).toEqual([3]);
  expect(await sums(2 ** 21, 2)).toEqual([2 ** 21, 2 ** 21]);
  expect(await sums(5, 1)).toEqual([5]);
  // Too large to share: it gets a memory of its own at each run.
  expect(await sums(2 ** 26, 2)).toEqual([2 ** 26, 2 ** 26]);
  expect(await sums(3, 1)).toEqual([3]);
});

test("inputs and results that do not fit into one WebAssembly memory are refused with their size", async () => {
  const device = arrayDevice("webasm", new Kernels(await loadLibrary(), "webasm", "Array"));
  const inputs = [1, 2, 3].map(() => new Memory(2 ** 28, 2 ** 30, new Float32Array()));
  expect(() => device.run({ source: "", inputs, offsets: [], size: 2 ** 28 })).toThrow(
    "webasm: a kernel's inputs and result hold 1073741824 elements together, but its memory holds 536870912; split the work",
  );
});

test("what is uploaded and read is a copy", async () => {
  const backend = await gpujsBackend({ mode: "cpu" });
  const data = Float32Array.of(1, 2);
  const storage = backend.upload(data);
  data[0] = 7;
  const first = await backend.read(storage);
  first[1] = 8;
  expect([...(await backend.read(storage))]).toEqual([1, 2]);
});

test("a storage of another backend is refused", async () => {
  const backend = await gpujsBackend({ mode: "cpu" });
  const storage = referenceBackend().upload(Float32Array.of(1));
  expect(() => backend.map([1], [{ storage, view: dense([1]) }], input(0))).toThrow(
    "backend gpujs: a storage of another backend",
  );
});

test("a formula with the constant NaN is refused, one with infinity reads the largest float", async () => {
  const backend = await gpujsBackend({ mode: "webasm" });
  expect(() => backend.map([1], [], constant(NaN))).toThrow("a formula holds the constant NaN");
  const storage = backend.map([1], [], constant(-Infinity));
  expect((await backend.read(storage))[0]).toBe(-3.4028234663852886e38);
});
