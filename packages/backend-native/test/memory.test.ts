import { execFileSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { E, type ConvGeometry, type Source } from "@vidtok/tensor";
import { describe, expect, test } from "vitest";
import { nativeAddon, nativeBackend } from "../src/index.ts";
import { dense, noise, x } from "./inputs.ts";
import { fastest } from "./isas.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const point = { in: 1, taps: 1, out: 1, stride: 1, dilation: 1, inputDilation: 1, padding: 0 };
const f32 = { operands: "f32", result: "f32" } as const;
const geometry: ConvGeometry = [point, point, { ...point, in: 10, out: 10 }];

describe.each(fastest)("%s", (isa) => {
  test("live and peak count the bytes of storages", () => {
    const backend = nativeBackend({ isa, threads: 1 });
    const a = backend.upload(new Float32Array(1000));
    const b = backend.map([1000], [{ storage: a, view: dense(1000) }], E.exp(x));
    expect(backend.memory()).toMatchObject({ live: 8000, peak: 8000 });
    backend.free(a);
    backend.free(b);
    expect(backend.memory()).toMatchObject({ live: 0, peak: 8000 });
  });

  test("a result in bf16 takes half the memory", () => {
    const backend = nativeBackend({ isa, threads: 1 });
    const input = noise(backend, dense(1, 1, 1, 10, 24));
    const weight = noise(backend, dense(48, 1, 1, 1, 24));
    const before = backend.memory().live;
    const format = { operands: "bf16", result: "bf16" } as const;
    const result = backend.conv(input, weight, undefined, geometry, format);
    expect([result.size, result.bytes]).toEqual([480, 960]);
    expect(backend.memory().live).toBe(before + 960);
    backend.free(result);
    expect(backend.memory().live).toBe(before);
  });

  test("freed memory is kept for reuse until it is trimmed", () => {
    const backend = nativeBackend({ isa, threads: 1 });
    backend.free(backend.upload(new Float32Array(1 << 20)));
    const { pooled } = backend.memory();
    backend.free(backend.upload(new Float32Array(1 << 20)));
    expect(backend.memory().pooled).toBe(pooled);
    backend.trim();
    expect(backend.memory().pooled).toBe(0);
  });

  test("a weight keeps the packing that was last used, as long as it lives", () => {
    const backend = nativeBackend({ isa, threads: 1 });
    const input = noise(backend, dense(1, 1, 1, 10, 24));
    const weight = noise(backend, dense(64, 1, 1, 1, 24));
    const conv = (w: Source): void =>
      backend.free(backend.conv(input, w, undefined, geometry, f32));
    conv(weight);
    expect(backend.memory().packed).toBe(4 * 64 * 24);
    conv({ ...weight, view: dense(32, 1, 1, 1, 24) });
    expect(backend.memory().packed).toBe(4 * 32 * 24);
    conv(weight);
    expect(backend.memory().packed).toBe(4 * 64 * 24);
    backend.free(weight.storage);
    expect(backend.memory().packed).toBe(0);
  });

  test("nothing is kept of a weight that passes, and what is there is used", async () => {
    const backend = nativeBackend({ isa, threads: 1 });
    const input = noise(backend, dense(1, 1, 1, 10, 24));
    const weight = noise(backend, dense(64, 1, 1, 1, 24));
    const conv = async (isPassing: boolean): Promise<unknown> => {
      const format = { ...f32, isPassing };
      const result = backend.conv(input, weight, undefined, geometry, format);
      const values = await backend.read(result);
      backend.free(result);
      return values;
    };
    const passing = await conv(true);
    expect(backend.memory().packed).toBe(0);
    expect(await conv(false)).toEqual(passing);
    expect(backend.memory().packed).toBe(4 * 64 * 24);
    expect(await conv(true)).toEqual(passing);
    expect(backend.memory().packed).toBe(4 * 64 * 24);
  });

  test("a thousand steps leave memory as one does", () => {
    const backend = nativeBackend({ isa, threads: 2 });
    const input = noise(backend, dense(40, 50));
    const step = (): void => {
      const a = backend.map([40, 50], [input], E.exp(x));
      const b = backend.reduce([40, 50], [{ storage: a, view: dense(40, 50) }], x, "sum", 1);
      backend.free(a);
      backend.free(b);
    };
    step();
    const after = backend.memory();
    for (let i = 0; i < 1000; i++) step();
    expect(backend.memory()).toEqual(after);
  });

  test("a storage that nobody holds is freed when it is collected", async () => {
    const backend = nativeBackend({ isa, threads: 1 });
    (() => backend.upload(new Float32Array(1000)))();
    for (let i = 0; i < 50 && backend.memory().live > 0; i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(backend.memory().live).toBe(0);
  });

  test("collected storages make room for new ones in a loop that waits for nothing", () => {
    const backend = nativeBackend({ isa, threads: 1 });
    const data = new Float32Array(1 << 18);
    for (let i = 0; i < 20; i++) {
      backend.upload(data);
      collect();
    }
    expect(backend.memory().peak).toBeLessThanOrEqual(3 * data.byteLength);
  });

  test("a loop that frees nothing and waits for nothing stays bounded", () => {
    const backend = nativeBackend({ isa, threads: 1 });
    const data = new Float32Array(1 << 18);
    for (let i = 0; i < 4000; i++) backend.upload(data);
    expect(backend.memory().peak).toBeLessThan(2 ** 28);
  });

  test("float64 data is uploaded as float32", async () => {
    const backend = nativeBackend({ isa, threads: 1 });
    const data = await backend.read(backend.upload(Float64Array.of(0.1, 2)));
    expect(data).toEqual(Float32Array.of(0.1, 2));
  });
});

test("such a loop stays bounded where JavaScript's collector has no thread of its own", ({
  skip,
}) => {
  const { path, from } = nativeAddon();
  if (from === "wasm") skip("no addon loads that a process could open by its path");
  if (process.memoryUsage.rss() === 0) skip("qemu runs one program, which cannot start another");
  const script = `
    const { Session } = require(${JSON.stringify(path)});
    const session = new Session(new Float64Array(1 << 16), 1, 0);
    const data = new Float32Array(1 << 18);
    for (let i = 0; i < 2000; i++) session.own(session.upload(data), {});
    console.log(session.memory().peak);`;
  const peak = execFileSync(process.execPath, ["--single-threaded", "-e", script]);
  expect(Number(peak)).toBeLessThan(2 ** 28);
});

test("a session that a worker opened ends with it", async ({ skip }) => {
  if (process.memoryUsage.rss() === 0) skip("Node cannot tell resident memory here, as under qemu");
  const { path, from } = nativeAddon();
  if (from === "wasm") skip("no addon loads that a worker could open by its path");
  const held = await new Promise<number>((resolve, reject) => {
    const worker = new Worker(
      `const { Session } = require(${JSON.stringify(path)});
      const session = new Session(new Float64Array(1 << 16), 2, 0);
      session.upload(new Float32Array(1 << 26));
      require("node:worker_threads").parentPort.postMessage(process.memoryUsage.rss());`,
      { eval: true },
    );
    let most = 0;
    worker.on("message", (rss: number) => (most = rss));
    worker.on("error", reject);
    worker.on("exit", () => resolve(most));
  });
  expect(process.memoryUsage.rss()).toBeLessThan(held - 2 ** 27);
});
