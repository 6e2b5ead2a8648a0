// Drawn calls of every op, most of them right: an error names the op that was called, and gpu.js
// gives the reference's results.
import { expect, test } from "vitest";
import { gpujsBackend } from "../src/backends/gpujs/gpujsBackend.ts";
import { assertClose, hostileOutcome, referenceBackend } from "../src/testing/index.ts";

const nameOf = (text: string): string => text.slice(0, text.indexOf("("));

test("errors of 2000 drawn calls name their op", { timeout: 120_000 }, async () => {
  const backend = referenceBackend();
  for (let seed = 0; seed < 2000; seed++) {
    const { text, result } = await hostileOutcome(backend, seed);
    if (typeof result !== "string") continue;
    expect([nameOf(text), "read"], `seed ${seed}, ${text}: ${result}`).toContain(
      /^(\w+): /.exec(result)?.[1],
    );
  }
});

test("300 drawn calls on gpu.js are the reference's", { timeout: 120_000 }, async () => {
  const backends = [referenceBackend(), await gpujsBackend({ mode: "cpu" })] as const;
  for (let seed = 0; seed < 300; seed++) {
    const expected = await hostileOutcome(backends[0], seed);
    const actual = await hostileOutcome(backends[1], seed);
    const what = `seed ${seed}, ${actual.text}`;
    if (typeof actual.result === "string" || typeof expected.result === "string") {
      const reason = (message: unknown): string =>
        String(message).replace(/; .* holds at most.*/, "");
      expect(reason(actual.result), what).toBe(reason(expected.result));
      continue;
    }
    const results = expected.result;
    actual.result.forEach(({ shape, values }, i) => {
      const wanted = results[i]!;
      expect(shape, what).toEqual(wanted.shape);
      assertClose([...values, 1], [...wanted.values, 1], 1e-3, what);
    });
  }
});
