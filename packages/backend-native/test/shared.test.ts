import { useBackend } from "@vidtok/tensor";
import { afterEach, expect, test, vi } from "vitest";
import { nativeBackend, sharedNativeBackend } from "../src/index.ts";

afterEach(() => vi.unstubAllEnvs());

test("a name means the session in use", async () => {
  const backend = await useBackend("native", { threads: 2 });
  expect(await useBackend("native", { threads: 2 })).toBe(backend);
  expect(await useBackend("auto", { threads: 2 })).toBe(backend);
  expect(sharedNativeBackend({ threads: 2 })).toBe(backend);
});

test("other threads, and another instruction set, are another session", async () => {
  const backend = sharedNativeBackend({ threads: 2, isa: "portable" });
  expect(sharedNativeBackend({ threads: 1, isa: "portable" })).not.toBe(backend);
  vi.stubEnv("VIDTOK_NATIVE_ISA", "portable");
  vi.stubEnv("VIDTOK_THREADS", "2");
  expect(sharedNativeBackend()).toBe(backend);
  vi.stubEnv("VIDTOK_THREADS", "3");
  expect(sharedNativeBackend()).not.toBe(backend);
});

test("nativeBackend opens a session of its own", () => {
  expect(nativeBackend({ threads: 2 })).not.toBe(sharedNativeBackend({ threads: 2 }));
});
