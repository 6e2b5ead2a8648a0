import { expect, test } from "vitest";
import { registerBackend, useBackend } from "../src/index.ts";
import { UnavailableError, type BackendOptions } from "../src/backend.ts";
import { referenceBackend } from "../src/backends/reference.ts";

test("a registered backend is opened with the options, by its name and by auto", async () => {
  const backend = referenceBackend();
  const asked: BackendOptions[] = [];
  registerBackend("native", (options) => {
    asked.push(options);
    return backend;
  });
  expect(await useBackend("native", { threads: 3 })).toBe(backend);
  expect(await useBackend("auto")).toBe(backend);
  expect(asked).toEqual([{ threads: 3 }, {}]);
});

test("auto passes over one that is unavailable, with its reason", async () => {
  registerBackend("native", () => {
    throw new UnavailableError("no processor");
  });
  const passed: string[][] = [];
  const onUnavailable = (...both: [string, string]): void => void passed.push(both);
  expect((await useBackend("auto", { mode: "cpu", onUnavailable })).name).toBe("gpujs");
  expect(passed).toEqual([["native", "no processor"]]);
});

test("an error that is not about availability is not passed over", async () => {
  registerBackend("native", () => {
    throw new RangeError("threads: 0");
  });
  await expect(useBackend("auto")).rejects.toThrow("threads: 0");
});
