import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { isaAvailable, nativeBackend } from "../src/index.ts";
import type { WasmHost, WasmThread } from "../src/wasm/host.ts";
import { wasmPath } from "../src/wasm/loadWasm.ts";
import { nodeHost } from "../src/wasm/nodeHost.ts";
import { wasmAddon } from "../src/wasm/wasmAddon.ts";
import { dense } from "./inputs.ts";

afterEach(() => vi.unstubAllEnvs());

const f32 = { operands: "f32", result: "f32" } as const;

test("it can be chosen while an addon is there, and is the slowest", () => {
  expect(isaAvailable()[0]).toEqual({ isa: "wasm", runs: true, reason: "" });
  expect(nativeBackend({ isa: "wasm", threads: 1 }).mode).toBe("wasm, 1 thread");
  vi.stubEnv("VIDTOK_NATIVE_ISA", "wasm");
  expect(nativeBackend({ threads: 2 }).mode).toBe("wasm, 2 threads");
});

/** Runs a product on a session of two threads on a host, and returns the result. */
function product(host: WasmHost): number[] {
  const { Session } = wasmAddon(readFileSync(wasmPath), host);
  const commands = new Float64Array(1024);
  const session = new Session(commands, 2, 0);
  const n = 64;
  const a = session.upload(Float32Array.from({ length: n * n }, (_, i) => i % 7));
  const view = [a, 0, 3, 1, n * n, 0, 1, n, n, 0, n, n, 1, 0, n];
  commands.set([...view, ...view, 0, 0]);
  const values = new Float32Array(n * n);
  session.read(session.matmul(), values);
  return [...values];
}

test("threads start when there is work for them, each with a stack of its own", () => {
  let threads: readonly WasmThread[] = [];
  const expected = product(nodeHost);
  const actual = product({
    ...nodeHost,
    startThreads(_module, _memory, _session, all) {
      threads = all;
      return { end: () => {} };
    },
  });
  expect(threads.map(({ number }) => number)).toEqual([1]);
  expect(threads[0]!.stack % 64).toBe(0);
  expect(actual).toEqual(expected);
});

test("where no thread starts the result is the same, and a warning says so", () => {
  const warn = vi.fn();
  const startThreads = (): never => {
    throw new Error("threads are forbidden here");
  };
  expect(product({ ...nodeHost, startThreads, warn })).toEqual(product(nodeHost));
  expect(warn.mock.calls).toEqual([
    [
      "backend native: wasm runs on one thread, because no worker starts: threads are forbidden here",
    ],
  ]);
});

test("more than WebAssembly can hold is refused with sizes, and the session goes on", async () => {
  const backend = nativeBackend({ isa: "wasm", threads: 1 });
  const side = 2 ** 15;
  const column = {
    storage: backend.upload(new Float32Array(side).fill(1)),
    view: dense(1, side, 1),
  };
  const row = { ...column, view: dense(1, 1, side) };
  expect(() => backend.matmul(column, row, f32)).toThrow(
    /^native: out of memory: 4096 MiB were asked for with 1 MiB in tensors; WebAssembly has 4096 MiB at most: use a smaller input, or compiled kernels$/,
  );
  const dot = backend.matmul(row, column, f32);
  expect(await backend.read(dot)).toEqual(Float32Array.of(side));
});

test("a thread that cannot run is a warning", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  const memory = { buffer: new SharedArrayBuffer(8) };
  nodeHost.startThreads({}, memory, 0, [{ number: 1, stack: 64 }]);
  expect((await warned).message).toMatch(/^backend native: a thread of wasm ended: WebAssembly/);
});

test("threads keep no program alive", () => {
  const before = process.getActiveResourcesInfo();
  product(nodeHost);
  expect(process.getActiveResourcesInfo()).toEqual(before);
});

test("the threads of a session end once it is collected", async () => {
  const end = vi.fn();
  product({ ...nodeHost, startThreads: () => ({ end }) });
  for (let i = 0; i < 50 && end.mock.calls.length === 0; i++) {
    nodeHost.collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(end).toHaveBeenCalledTimes(1);
});
