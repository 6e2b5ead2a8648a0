import { show } from "@vidtok/tensor";
import {
  assertClose,
  emptyVariants,
  opCases,
  outcomeOf,
  referenceBackend,
} from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { backends, skipped } from "./isas.ts";

for (const [isa, backend] of backends) {
  test.each(Object.entries(opCases))(
    `%s of nothing is the same as on the reference on ${isa}`,
    async (name, opCase) => {
      for (const shapes of emptyVariants(opCase.shapes).values()) {
        const expected = await outcomeOf(referenceBackend(), { ...opCase, shapes });
        const actual = await outcomeOf(backend, { ...opCase, shapes });
        const what = `${name} of ${shapes.map(show).join(", ")}`;
        if (typeof expected === "string" || typeof actual === "string") {
          expect(actual, what).toBe(expected);
          continue;
        }
        expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
        actual.forEach(({ values }, i) => assertClose(values, expected[i]!.values, 2e-5, what));
      }
    },
  );
}

for (const [isa, reason] of skipped) {
  test(`ops of nothing on ${isa}`, ({ skip }) => skip(reason));
}
