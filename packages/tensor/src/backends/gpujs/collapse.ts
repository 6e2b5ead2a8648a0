import { isUnpadded, type Axis, type View } from "../../view.ts";

/** Views of one shape whose axes are merged wherever all of them step through their storage in one stride. */
export interface Collapsed {
  readonly sizes: readonly number[];
  readonly views: readonly View[];
}

/** Whether the view reads 0 everywhere. */
export function isBlank(view: View): boolean {
  return view.axes.some((axis) => axis.lo >= axis.hi);
}

function merge(outer: Axis, inner: Axis): Axis | undefined {
  if (!isUnpadded(outer) || !isUnpadded(inner) || outer.stride !== inner.stride * inner.size) {
    return undefined;
  }
  const size = outer.size * inner.size;
  return { size, stride: inner.stride, lo: 0, hi: size };
}

/** The same elements in the same order over as few axes as possible; blank views must be gone. */
export function collapse(shape: readonly number[], views: readonly View[]): Collapsed {
  const sizes: number[] = [];
  const axes: Axis[][] = views.map(() => []);
  for (const [i, size] of shape.entries()) {
    if (size === 1) continue;
    const merged =
      sizes.length > 0
        ? views.map((view, k) => merge(axes[k]!.at(-1)!, view.axes[i]!))
        : [undefined];
    if (merged.every((axis) => axis !== undefined)) {
      sizes[sizes.length - 1]! *= size;
      merged.forEach((axis, k) => axes[k]!.splice(-1, 1, axis));
    } else {
      sizes.push(size);
      views.forEach((view, k) => axes[k]!.push(view.axes[i]!));
    }
  }
  return {
    sizes,
    views: views.map(({ offset }, k) => ({ axes: axes[k]!, offset })),
  };
}
