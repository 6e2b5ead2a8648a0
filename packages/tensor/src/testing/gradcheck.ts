import { referenceBackend } from "../backends/reference.ts";
import { currentBackend, setCurrentBackend } from "../currentBackend.ts";
import { grad } from "../grad.ts";
import { sizeOf, type Shape } from "../shape.ts";
import { tensor, type Tensor } from "../tensor.ts";
import { hashValues } from "./noise.ts";

/** The range that a gradient check draws its inputs from. */
export interface GradRange {
  readonly low?: number;
  readonly high?: number;
}

const step = 1e-6;

/** Runs `f` with new tensors on the float64 reference backend. */
export async function onReference<T>(f: () => Promise<T>): Promise<T> {
  const before = safeCurrent();
  setCurrentBackend(referenceBackend());
  try {
    return await f();
  } finally {
    if (before) setCurrentBackend(before);
  }
}

function safeCurrent(): ReturnType<typeof currentBackend> | undefined {
  try {
    return currentBackend();
  } catch {
    return undefined;
  }
}

/**
 * The relative error between ⟨dy, J·u⟩ by a central difference and ⟨Jᵀ·dy, u⟩ by `grad`, for random inputs, directions u and
 * cotangents dy, in float64.
 */
export async function gradcheck(
  f: (...inputs: Tensor[]) => Tensor,
  shapes: readonly Shape[],
  { low = -1, high = 1 }: GradRange = {},
): Promise<number> {
  return onReference(async () => {
    const draw = (name: string, shape: Shape): Float64Array =>
      Float64Array.from(hashValues(name, sizeOf(shape)));
    const starts = shapes.map((shape, i) =>
      draw(`input${i}`, shape).map((v) => low + ((v + 1) / 2) * (high - low)),
    );
    const directions = shapes.map((shape, i) => draw(`direction${i}`, shape));
    const at = (offset: number): Tensor[] =>
      starts.map((start, i) =>
        tensor(
          start.map((v, j) => v + offset * directions[i]![j]!),
          shapes[i]!,
        ),
      );
    const inputs = at(0);
    const y = f(...inputs);
    const dy = draw("cotangent", y.shape);
    const gradients = grad(y, inputs, tensor(dy, y.shape));
    const values = await Promise.all(gradients.map((gradient) => gradient.readExact()));
    const analytic = values.reduce((sum, value, i) => sum + dot(value, directions[i]!), 0);
    const [up, down] = await Promise.all([step, -step].map((h) => f(...at(h)).readExact()));
    const numeric = (dot(up!, dy) - dot(down!, dy)) / (2 * step);
    return Math.abs(analytic - numeric) / Math.max(Math.abs(analytic), Math.abs(numeric), 1e-3);
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
