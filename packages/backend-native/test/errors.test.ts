import { E, UnavailableError } from "@vidtok/tensor";
import { afterEach, describe, expect, test, vi } from "vitest";
import { isaAvailable, nativeBackend } from "../src/index.ts";
import { dense, x } from "./inputs.ts";
import { fastest } from "./isas.ts";

afterEach(() => vi.unstubAllEnvs());

describe.each(fastest)("%s", (isa) => {
  const backend = nativeBackend({ isa, threads: 1 });

  test("a freed storage cannot be read, used or freed again", () => {
    const storage = backend.upload(new Float32Array(6));
    backend.free(storage);
    expect(() => backend.read(storage)).toThrow("read: a storage of 6 elements was freed before");
    expect(() => backend.map([6], [{ storage, view: dense(6) }], x)).toThrow("map: a storage of 6");
    expect(() => backend.free(storage)).toThrow("free: a storage of 6 elements was freed before");
  });

  test("a storage of another backend is refused", () => {
    const storage = nativeBackend({ isa, threads: 1 }).upload(new Float32Array(6));
    expect(() => backend.read(storage)).toThrow(
      "read: a storage of 6 elements is not this backend's",
    );
  });

  test("a view that leaves its storage is refused", () => {
    const storage = backend.upload(new Float32Array(6));
    expect(() =>
      backend.map([7], [{ storage, view: dense(7) }], x),
    ).toThrowErrorMatchingInlineSnapshot(
      `[Error: native: a view reads elements 0 to 6 of a storage of 6]`,
    );
    const before = { ...dense(6), offset: -1 };
    expect(() =>
      backend.map([6], [{ storage, view: before }], x),
    ).toThrowErrorMatchingInlineSnapshot(
      `[Error: native: a view reads elements -1 to 4 of a storage of 6]`,
    );
  });

  test("a rank above sixteen is refused", () => {
    const storage = backend.upload(new Float32Array(1));
    const shape = Array<number>(17).fill(1);
    const run = () => backend.map(shape, [{ storage, view: dense(...shape) }], x);
    expect(run).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: map: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] has rank 17; native takes up to 16]`,
    );
  });

  test("more inputs than a call can describe are refused", () => {
    const source = { storage: backend.upload(new Float32Array(1)), view: dense(1) };
    const run = () => backend.map([1], Array(10000).fill(source), x);
    expect(run).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: map: 10000 inputs ([1], [1], [1], …) take 70010 numbers to describe; native has room for 65536; combine fewer at once]`,
    );
  });

  test("more memory than there is is refused, and nothing leaks", () => {
    const before = backend.memory().live;
    const source = {
      storage: backend.upload(new Float32Array(1)),
      view: { axes: [{ size: 2 ** 44, stride: 0, lo: 0, hi: 2 ** 44 }], offset: 0 },
    };
    expect(() => backend.map([2 ** 44], [source], E.exp(x))).toThrow(
      /^native: out of memory: 67108864 MiB were asked for with 1 MiB in tensors/,
    );
    backend.free(source.storage);
    expect(backend.memory().live).toBe(before);
  });
});

test.each(["0", "1.5", "many", "5000"])("VIDTOK_THREADS=%s is refused", (threads) => {
  vi.stubEnv("VIDTOK_THREADS", threads);
  expect(() => nativeBackend()).toThrow(UnavailableError);
  expect(() => nativeBackend()).toThrow(
    `${threads} threads were asked for; give a whole number from 1 to 1024`,
  );
});

test("VIDTOK_NATIVE_ISA and VIDTOK_THREADS choose what runs", () => {
  for (const isa of fastest) {
    vi.stubEnv("VIDTOK_NATIVE_ISA", isa);
    vi.stubEnv("VIDTOK_THREADS", "1");
    expect(nativeBackend().mode).toBe(`${isa}, 1 thread`);
    expect(nativeBackend({ threads: 3 }).mode).toBe(`${isa}, 3 threads`);
  }
});

test("an instruction set that there is not is refused with those that run", () => {
  const runs = isaAvailable()
    .filter((isa) => isa.runs)
    .map(({ isa }) => isa);
  vi.stubEnv("VIDTOK_NATIVE_ISA", "sse9");
  expect(() => nativeBackend()).toThrow(
    `backend native: sse9 cannot run here: there is no sse9; this machine has ${runs.join(" and ")}`,
  );
  for (const { isa, reason } of isaAvailable().filter((status) => !status.runs)) {
    expect(() => nativeBackend({ isa })).toThrow(reason);
  }
});
