import { ShapeError, show, sizeOf, type Shape } from "./shape.ts";

/** One axis of a view. Index `i` is stored at `i * stride`; outside `[lo, hi)` the view reads 0. */
export interface Axis {
  readonly size: number;
  readonly stride: number;
  readonly lo: number;
  readonly hi: number;
}

/** How a tensor reads its storage: element `i…` lives at `offset + Σ i·stride`, or is 0 where any axis is out of its bounds. */
export interface View {
  readonly axes: readonly Axis[];
  readonly offset: number;
}

const full = (size: number, stride: number): Axis => ({ size, stride, lo: 0, hi: size });

/** The row-major view of a storage that holds exactly `shape`. */
export function dense(shape: Shape): View {
  const axes: Axis[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    axes.unshift(full(shape[axis]!, stride));
    stride *= shape[axis]!;
  }
  return { axes, offset: 0 };
}

/** The sizes of a view's axes. */
export function shapeOf(view: View): number[] {
  return view.axes.map((axis) => axis.size);
}

/** Whether the axis reads its storage at every index, so that nothing of it is padding. */
export function isUnpadded(axis: Axis): boolean {
  return axis.lo === 0 && axis.hi === axis.size;
}

/** Whether the view is the whole of a row-major storage, in order. */
export function isDense(view: View): boolean {
  if (view.offset !== 0) return false;
  let stride = 1;
  for (let i = view.axes.length - 1; i >= 0; i--) {
    const axis = view.axes[i]!;
    if (!isUnpadded(axis) || (axis.size !== 1 && axis.stride !== stride)) return false;
    stride *= axis.size;
  }
  return true;
}

/** The view with its axes in the order `order`. */
export function permuteView(view: View, order: readonly number[]): View {
  return { ...view, axes: order.map((axis) => view.axes[axis]!) };
}

/** The view with every axis of size 1 repeated to the size in `shape`. */
export function expandView(view: View, shape: Shape): View {
  const axes = view.axes.map((axis, i): Axis => {
    const size = shape[i]!;
    if (axis.size === size) return axis;
    return { size, stride: 0, lo: 0, hi: isUnpadded(axis) ? size : 0 };
  });
  return { ...view, axes };
}

function changeAxis(view: View, axis: number, change: Axis, shift: number): View {
  const axes = view.axes.map((old, i) => (i === axis ? change : old));
  return { axes, offset: view.offset + shift };
}

/** Indices `[start, end)` of one axis; a start below 0 or an end above the size reads 0 there, which is zero padding. */
export function windowView(view: View, axis: number, start: number, end: number): View {
  const { stride, lo, hi } = view.axes[axis]!;
  const size = end - start;
  const clamp = (index: number): number => Math.min(Math.max(index - start, 0), size);
  const change = { size, stride, lo: clamp(lo), hi: clamp(hi) };
  // Where nothing is read, the place does not matter, and is kept from growing without end.
  return changeAxis(view, axis, change, change.lo < change.hi ? start * stride : 0);
}

/** One axis back to front. */
export function flipView(view: View, axis: number): View {
  const { size, stride, lo, hi } = view.axes[axis]!;
  const change = { size, stride: -stride, lo: size - hi, hi: size - lo };
  return changeAxis(view, axis, change, (size - 1) * stride);
}

/** Every `step`-th index of one axis, from the first. */
export function everyView(view: View, axis: number, wanted: number): View {
  const { size, stride, lo, hi } = view.axes[axis]!;
  // A longer step finds no more than the first index either.
  const step = Math.min(wanted, Math.max(size, 1));
  const change = {
    size: Math.ceil(size / step),
    stride: stride * step,
    lo: Math.ceil(lo / step),
    hi: Math.ceil(hi / step),
  };
  return changeAxis(view, axis, change, 0);
}

/** The same elements, in row-major order, as `shape`; undefined where strides cannot say that without a copy. */
export function reshapeView(view: View, shape: Shape): View | undefined {
  if (sizeOf(shape) !== sizeOf(shapeOf(view))) {
    throw new ShapeError(`reshape: ${show(shapeOf(view))} does not fit into ${show(shape)}`);
  }
  if (sizeOf(shape) === 0) return dense(shape);
  const from = view.axes.filter((axis) => axis.size !== 1 || !isUnpadded(axis));
  const axes: Axis[] = [];
  let taken = 0;
  let i = 0;
  while (i < shape.length) {
    if (shape[i] === 1) {
      axes.push(full(1, 0));
      i++;
      continue;
    }
    // The smallest groups of old and new axes with the same number of elements map onto each other.
    const first = taken;
    const start = i;
    let old = from[taken++]!.size;
    let fresh = shape[i++]!;
    while (old !== fresh) {
      if (old < fresh) old *= from[taken++]!.size;
      else fresh *= shape[i++]!;
    }
    const group = from.slice(first, taken);
    const sizes = shape.slice(start, i);
    if (group.length === 1 && sizes.length === 1) {
      axes.push(group[0]!);
      continue;
    }
    if (!group.every(isUnpadded) || !isContiguous(group)) return undefined;
    let stride = group.at(-1)!.stride;
    const split: Axis[] = [];
    for (const size of sizes.toReversed()) {
      split.unshift(full(size, stride));
      stride *= size;
    }
    axes.push(...split);
  }
  return taken === from.length ? { axes, offset: view.offset } : undefined;
}

function isContiguous(group: readonly Axis[]): boolean {
  return group.every((axis, i) => {
    const inner = group[i + 1];
    return inner === undefined || axis.stride === inner.stride * inner.size;
  });
}

/**
 * The order in which a kernel should write the axes of its result so that it walks this view in memory order: by falling stride,
 * repeated axes (stride 0) staying right behind the axis they follow.
 */
export function memoryOrder(view: View): number[] {
  const key: number[] = [];
  view.axes.forEach((axis, i) => {
    const isMoving = axis.size > 1 && axis.stride !== 0;
    key.push(isMoving ? Math.abs(axis.stride) : (key[i - 1] ?? Infinity));
  });
  return view.axes.map((_, i) => i).sort((a, b) => key[b]! - key[a]! || a - b);
}
