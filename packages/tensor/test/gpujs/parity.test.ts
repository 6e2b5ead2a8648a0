import { gpujsBackend } from "../../src/backends/gpujs/gpujsBackend.ts";
import { UnavailableError } from "../../src/index.ts";
import { opCases, parityError } from "../../src/testing/index.ts";
import { tolerances } from "./tolerance.ts";

for (const mode of ["cpu", "webasm", "headlessgl"] as const) {
  const backend = await gpujsBackend({ mode }).catch((error: unknown) => {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  });
  if (typeof backend === "string") {
    test.skip(`${mode}: ${backend}`, () => {});
    continue;
  }
  for (const [name, opCase] of Object.entries(opCases)) {
    test(`${mode}: ${name} is the reference's, with its gradients`, async () => {
      const e = await parityError(backend, opCase);
      expect(e).toBeLessThan(tolerances[mode]);
    });
  }
}
