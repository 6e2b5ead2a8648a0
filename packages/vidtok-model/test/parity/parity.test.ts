import { UnavailableError, useBackend } from "@vidtok/tensor";
import { describe, expect, test } from "vitest";
import { parityCases } from "./cases.ts";

// gpu.js takes minutes for all of them (`pnpm parity gpujs`); here it shows one whole model with its gradients.
const onGpujs = /^(fsq\/.*|kl|fsq_causal_41616_262144|fsq_causal_488_4096_tiny)$/;
const cases = parityCases();
const backends = [
  { backend: "native", own: cases },
  { backend: "gpujs", own: cases.filter(({ name }) => onGpujs.test(name)) },
] as const;

describe.each(backends)("on $backend", ({ backend, own }) => {
  test.for(own)("$name is the reference's", { timeout: 600_000 }, async (golden, { skip }) => {
    try {
      await useBackend(backend);
    } catch (error) {
      if (error instanceof UnavailableError) skip(error.message);
      throw error;
    }
    const rows = await golden.measure();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter((row) => !(row.error <= row.tolerance))).toEqual([]);
  });
});
