import { assertClose, referenceBackend } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { nativeBackend } from "../src/index.ts";
import { backends, skipped } from "./isas.ts";
import { kernelCases } from "./kernelCases.ts";

const reference = referenceBackend();
const names = Object.keys(kernelCases);

type Values = Float32Array | Float64Array;
const known = new Map<string, Promise<Values>>();

/** What the reference computes for a case, once for all instruction sets. */
function expected(name: string): Promise<Values> {
  let values = known.get(name);
  if (!values) known.set(name, (values = reference.read(kernelCases[name]!(reference))));
  return values;
}

for (const [isa, backend] of backends) {
  test.each(names)(`${isa}, %s, agrees with the reference`, async (name) => {
    const actual = await backend.read(kernelCases[name]!(backend));
    assertClose(actual, await expected(name), 3e-6, name);
  });

  test(`${isa} computes the same bits on one, two and five threads`, async () => {
    const counts = [1, 2, 5].map((threads) => nativeBackend({ isa, threads }));
    for (const name of names) {
      const results = await Promise.all(counts.map((b) => b.read(kernelCases[name]!(b))));
      const bits = results.map((result) => Buffer.from(result.buffer).toString("base64"));
      expect(new Set(bits).size, name).toBe(1);
    }
  });
}

for (const [isa, reason] of skipped) {
  test(`kernels on ${isa}`, ({ skip }) => skip(reason));
}
