import { opCases, parityError } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { backends, skipped } from "./isas.ts";

for (const [isa, backend] of backends) {
  test.each(Object.entries(opCases))(
    `%s agrees with the reference on ${isa}`,
    async (_, opCase) => {
      expect(await parityError(backend, opCase)).toBeLessThan(2e-5);
    },
  );
}

for (const [isa, reason] of skipped) {
  test(`ops on ${isa}`, ({ skip }) => skip(reason));
}
