import type { Backend } from "../backend.ts";
import { setCurrentBackend } from "../currentBackend.ts";
import { grad } from "../grad.ts";
import type { Shape } from "../shape.ts";
import type { OpCase } from "./cases.ts";
import { noise } from "./noise.ts";

/**
 * Shapes of a case's inputs with empty axes, by a name: every axis of every input alone (`1.0` is
 * axis 0 of input 1), and all axes of the same size together (`=3`). Mirrored by tools/empties.py.
 */
export function emptyVariants(shapes: readonly Shape[]): ReadonlyMap<string, readonly Shape[]> {
  const variants = new Map<string, readonly Shape[]>();
  shapes.forEach((shape, i) =>
    shape.forEach((_, axis) =>
      variants.set(
        `${i}.${axis}`,
        shapes.map((other, j) => (j === i ? other.with(axis, 0) : other)),
      ),
    ),
  );
  for (const size of new Set(shapes.flat())) {
    if (size === 1) continue;
    const emptied = shapes.map((shape) => shape.map((s) => (s === size ? 0 : s)));
    variants.set(`=${size}`, emptied);
  }
  return variants;
}

/** A result with its shape. */
export interface ShapedValues {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/**
 * The value and the gradients of an op case on a backend, or the message of the error that it ends
 * in.
 */
export async function outcomeOf(
  backend: Backend,
  { f, shapes, low, high }: OpCase,
): Promise<readonly ShapedValues[] | string> {
  setCurrentBackend(backend);
  try {
    const inputs = shapes.map((shape, i) => noise(`input${i}`, shape, low, high));
    const y = f(...inputs);
    const results = [y, ...grad(y, inputs, noise("cotangent", y.shape))];
    return await Promise.all(
      results.map(async (result) => ({ shape: result.shape, values: await result.read() })),
    );
  } catch (error) {
    return (error as Error).message;
  }
}
