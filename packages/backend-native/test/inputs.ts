import { elementwise, tensor, useBackend } from "@vidtok/tensor";
import type { Backend, Expr, Source, View } from "@vidtok/tensor";
import { hashValues, referenceBackend } from "@vidtok/tensor/testing";

/** The formulas x0, x1 and x2. */
export const [x, y, z] = await (async (): Promise<readonly [Expr, Expr, Expr]> => {
  await useBackend(referenceBackend());
  let found: readonly Expr[] = [];
  elementwise((...operands) => (found = operands)[0]!)(...[1, 2, 3].map((n) => tensor([n], [1])));
  return found as readonly [Expr, Expr, Expr];
})();

/** A view of `[size, stride]` or `[size, stride, lo, hi]` axes. */
export function view(
  axes: readonly (readonly [number, number, number?, number?])[],
  offset = 0,
): View {
  return {
    axes: axes.map(([size, stride, lo = 0, hi = size]) => ({ size, stride, lo, hi })),
    offset,
  };
}

/** The row-major view of a shape. */
export function dense(...shape: readonly number[]): View {
  return view(shape.map((size, i) => [size, shape.slice(i + 1).reduce((a, b) => a * b, 1)]));
}

/** The view with its axes in another order. */
export function permuted({ axes, offset }: View, ...order: readonly number[]): View {
  return { axes: order.map((axis) => axes[axis]!), offset };
}

/** A storage of noise just large enough for a view, read through it. */
export function noise(backend: Backend, view: View, name = "noise"): Source {
  const ends = view.axes.map(({ stride, lo, hi }) => Math.max(lo * stride, (hi - 1) * stride));
  const last = ends.reduce((sum, end) => sum + end, view.offset);
  return { storage: backend.upload(hashValues(name, Math.max(last, 0) + 1)), view };
}
