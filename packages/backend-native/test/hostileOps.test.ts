// Drawn calls of every public op, most of them right: the same results as the reference's, or the
// same error.
import {
  assertClose,
  hostileOutcome,
  referenceBackend,
  type HostileOutcome,
} from "@vidtok/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { backends } from "./isas.ts";

const calls = Number(process.env["VIDTOK_HOSTILE_CALLS"] ?? 1500);
const counts = { results: 0, errors: 0, refusals: 0 };

afterAll(() =>
  process.stdout.write(
    `hostile ops: ${counts.results} with results, ${counts.errors} with the reference's error, ${counts.refusals} that only native refuses\n`,
  ),
);

// Longer shapes than a process can address, which the reference walks lazily.
const isRefusal = (message: string): boolean => /^native: |holds at most/.test(message);

function expectSame(actual: HostileOutcome, expected: HostileOutcome): void {
  if (typeof actual.result === "string") {
    expect(actual.result, "an error names its op").toMatch(/^[A-Za-z]+: /);
    if (isRefusal(actual.result)) counts.refusals++;
    else {
      expect(actual.result).toBe(expected.result);
      counts.errors++;
    }
    return;
  }
  counts.results++;
  if (typeof expected.result === "string") throw new Error(`the reference: ${expected.result}`);
  expect(actual.result.length).toBe(expected.result.length);
  actual.result.forEach(({ shape, values }, i) => {
    const wanted = expected.result[i] as (typeof actual.result)[number];
    expect(shape).toEqual(wanted.shape);
    // Beside a 1, as what nearly cancels out is as exact as what it is the difference of.
    assertClose([...values, 1], [...wanted.values, 1], 1e-3);
  });
}

test(`${calls} drawn calls of ops`, { timeout: 600_000 }, async () => {
  const reference = referenceBackend();
  for (let seed = 0; seed < calls; seed++) {
    const [isa, backend] = backends[seed % backends.length]!;
    const expected = await hostileOutcome(reference, seed);
    const actual = await hostileOutcome(backend, seed);
    try {
      expectSame(actual, expected);
    } catch (error) {
      const cause = error as Error;
      throw new Error(`seed ${seed} on ${isa}: ${actual.text}: ${cause.message}`, { cause });
    }
  }
});
