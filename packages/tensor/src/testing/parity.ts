import type { Backend } from "../backend.ts";
import { referenceBackend } from "../backends/reference.ts";
import { setCurrentBackend } from "../currentBackend.ts";
import { grad } from "../grad.ts";
import { noise } from "./noise.ts";
import { difference } from "./compare.ts";
import type { OpCase } from "./cases.ts";

/** The value of a case and its gradients with respect to every input. */
export async function evaluateCase(
  backend: Backend,
  { f, shapes, low, high }: OpCase,
): Promise<Float32Array[]> {
  setCurrentBackend(backend);
  const inputs = shapes.map((shape, i) => noise(`input${i}`, shape, low, high));
  const y = f(...inputs);
  const gradients = grad(y, inputs, noise("cotangent", y.shape));
  return Promise.all([y, ...gradients].map((result) => result.read()));
}

/** The worst relative error of a backend's value and gradients against the reference. */
export async function parityError(backend: Backend, opCase: OpCase): Promise<number> {
  const expected = await evaluateCase(referenceBackend(), opCase);
  const actual = await evaluateCase(backend, opCase);
  return Math.max(...actual.map((values, i) => difference(values, expected[i]!).relative));
}
