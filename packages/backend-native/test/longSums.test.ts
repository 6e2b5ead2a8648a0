import { conv, noGrad, useBackend } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { backends, skipped } from "./isas.ts";

for (const [isa, backend] of backends) {
  test(`sums of 4096 terms round off like much shorter ones on ${isa}`, async () => {
    await useBackend(backend);
    const [outputs, terms] = [64, 4096];
    const [x, w] = [noise("x", [1, terms, 1], 0, 1), noise("w", [outputs, terms, 1], 0, 1)];
    const actual = await noGrad(() => conv(x, w)).read();
    const [a, b] = [await x.read(), await w.read()];
    const errors = Array.from(actual, (value, o) => {
      const exact = a.reduce((sum, factor, k) => sum + factor * b[o * terms + k]!, 0);
      return value / exact - 1;
    });
    const rms = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / outputs);
    // One sum in registers is 1e-6 off.
    expect(rms).toBeLessThan(2e-7);
  });
}

for (const [isa, reason] of skipped) {
  test(`long sums on ${isa}`, ({ skip }) => skip(reason));
}
