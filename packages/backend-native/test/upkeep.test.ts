import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Session } from "../src/addon.ts";
import { nativeBackend } from "../src/index.ts";
import { Upkeep } from "../src/upkeep.ts";
import { fastest } from "./isas.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const session = (live: number): Session & { readonly trim: ReturnType<typeof vi.fn> } =>
  ({ trim: vi.fn(), sweep: () => live, memory: () => ({ live }) }) as never;

test.each(fastest)("%s gives its pool back a second after its last storage is freed", (isa) => {
  const backend = nativeBackend({ isa, threads: 1 });
  backend.free(backend.upload(new Float32Array(1 << 20)));
  // None with the sanitizer, which needs memory to be returned at once.
  const { pooled } = backend.memory();
  vi.advanceTimersByTime(999);
  expect(backend.memory().pooled).toBe(pooled);
  vi.advanceTimersByTime(1);
  expect(backend.memory().pooled).toBe(0);
});

test("a session that works keeps its pool", () => {
  const working = session(0);
  const upkeep = new Upkeep(working);
  for (let i = 0; i < 10; i++) {
    upkeep.produced();
    upkeep.freed(0);
    vi.advanceTimersByTime(900);
  }
  expect(working.trim).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2000);
  expect(working.trim).toHaveBeenCalledTimes(1);
});

test("a session with storages keeps its pool", () => {
  const full = session(4);
  const upkeep = new Upkeep(full);
  upkeep.freed(4);
  upkeep.freed(0);
  vi.advanceTimersByTime(10_000);
  expect(full.trim).not.toHaveBeenCalled();
});
