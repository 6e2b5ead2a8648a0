import { expect, test } from "vitest";
import { gpujsBackend } from "../../src/backends/gpujs/gpujsBackend.ts";
import { UnavailableError } from "../../src/index.ts";
import { opCases, parityError } from "../../src/testing/index.ts";
import { deviceChecks } from "./deviceChecks.ts";
import { tolerances } from "./tolerance.ts";

for (const mode of ["cpu", "webasm", "headlessgl"] as const) {
  const backend = await gpujsBackend({ mode }).catch((error: unknown) => {
    if (error instanceof UnavailableError && mode === "headlessgl") return error.message;
    throw error;
  });
  if (typeof backend === "string") {
    test(`${mode}: every op is the reference's`, ({ skip }) => skip(backend));
    continue;
  }
  test.each(Object.entries(opCases))(
    `${mode}: %s is the reference's, with its gradients`,
    async (_, opCase) => {
      expect(await parityError(backend, opCase)).toBeLessThan(tolerances[mode]);
    },
  );
  test.each(Object.entries(deviceChecks))(`${mode}: %s`, (_, check) => check(backend));
}
