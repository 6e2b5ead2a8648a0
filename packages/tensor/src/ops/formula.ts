import type { Backend, Source } from "../backend.ts";
import { Block } from "../block.ts";
import { checkRoom, checkSpace } from "../checks.ts";
import { derivative } from "../derive.ts";
import { E, input, inputsOf, isConstant, substitute, type Expr } from "../expr.ts";
import { checkShape, sameShape, ShapeError, show, sizeOf, type Shape } from "../shape.ts";
import { recordNode, type Tensor } from "../tensor.ts";
import {
  dense,
  expandView,
  memoryOrder,
  permuteView,
  shapeOf,
  type Axis,
  type View,
} from "../view.ts";

/** A formula over broadcast tensors, summed over the axes of `space` that `shape` has not. */
export interface Formula {
  /** The op that it stands for, which errors name. */
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly expr: Expr;
  /** The shape that all inputs broadcast to, in which the formula is evaluated. */
  readonly space: Shape;
  /** The result's shape, aligned with `space` at the last axis. */
  readonly shape: Shape;
  /** ∂expr/∂input where it is not the formula's own derivative. */
  readonly partials?: readonly Expr[] | undefined;
}

/** The op that all elementwise ops and sums are: its gradients are formulas of the same kind. */
export function formula({ op, inputs, expr, space, shape, partials }: Formula): Tensor {
  const used = inputsOf(expr);
  const operands = used.map((index) => inputs[index]!);
  const renumbered = inputs.map((_, index) => input(Math.max(used.indexOf(index), 0)));
  const trimmed = substitute(expr, renumbered);
  const gradient = (index: number, dy: Tensor): Tensor | null => {
    const given = partials?.[used[index]!];
    const slope = given ? substitute(given, renumbered) : derivative(trimmed, index);
    if (isConstant(slope, 0)) return null;
    return formula({
      op,
      inputs: [...operands, dy],
      expr: E.mul(slope, input(operands.length)),
      space,
      shape: operands[index]!.shape,
    });
  };
  const run = (): [Block, View] => launch(op, inputs, operands, trimmed, space, shape);
  const [block, view] = run();
  const isMap = sameShape(space, shape) && !operands.some((operand) => operand.block === block);
  return recordNode(block, view, {
    inputs: operands,
    ...(isMap && { again: () => run()[0] }),
    backward: (dy, isNeeded) =>
      operands.map((_, index) => (isNeeded[index] ? gradient(index, dy) : null)),
  });
}

function launch(
  op: string,
  inputs: readonly Tensor[],
  operands: readonly Tensor[],
  expr: Expr,
  space: Shape,
  shape: Shape,
): [Block, View] {
  const views = operands.map((operand) => alignView(operand.view, space));
  const reduced = reducedAxes(op, space, shape);
  if (expr.kind === "input" && reduced.length === 0) {
    return [operands[0]!.block, dropAxes(views[0]!, space.length - shape.length)];
  }
  const backend = commonBackend(operands.length > 0 ? operands : inputs);
  const written = launchKernel(op, backend, operands, views, expr, space, reduced, "sum");
  return [written[0], dropAxes(written[1], space.length - shape.length)];
}

/** The maps of several formulas of the same operands, whose views have one shape, in one pass where the backend has a kernel for that; in the memory order of the first. */
export function launchAll(
  op: string,
  operands: readonly Tensor[],
  views: readonly View[],
  exprs: readonly Expr[],
): [Block, View][] {
  const backend = commonBackend(operands);
  checkRoom(op, backend, shapeOf(views[0]!));
  const order = memoryOrder(views[0]!);
  const sources = operands.map((x, i): Source => x.source(permuteView(views[i]!, order)));
  const sizes = order.map((axis) => views[0]!.axes[axis]!.size);
  const storages =
    backend.mapAll?.(sizes, sources, exprs) ??
    exprs.map((expr) => backend.map(sizes, sources, expr));
  const view = permuteView(
    dense(sizes),
    order.map((_, axis) => order.indexOf(axis)),
  );
  return storages.map((storage) => [new Block(backend, storage), view]);
}

/** Runs `map`, or `reduce` over `reduced`, writing in the order in which the largest operand lies in memory; reduced axes stay with size 1. */
export function launchKernel(
  op: string,
  backend: Backend,
  operands: readonly Tensor[],
  views: readonly View[],
  expr: Expr,
  space: Shape,
  reduced: readonly number[],
  reduction: "sum" | "max",
): [Block, View] {
  const order = memoryOrder(largest(operands, views) ?? dense(space));
  const kept = order.filter((axis) => !reduced.includes(axis));
  const inner = order.filter((axis) => reduced.includes(axis));
  const permuted = [...kept, ...inner];
  const sources = operands.map((operand, i): Source =>
    operand.source(permuteView(views[i]!, permuted)),
  );
  const sizes = permuted.map((axis) => space[axis]!);
  checkRoom(op, backend, sizes.slice(0, kept.length));
  checkSpace(op, space);
  const storage =
    inner.length === 0
      ? backend.map(sizes, sources, expr)
      : backend.reduce(sizes, sources, expr, reduction, inner.length);
  const axes = dense(kept.map((axis) => space[axis]!)).axes;
  const view = {
    offset: 0,
    axes: space.map(
      (_, axis): Axis => axes[kept.indexOf(axis)] ?? { size: 1, stride: 0, lo: 0, hi: 1 },
    ),
  };
  return [new Block(backend, storage), view];
}

function largest(operands: readonly Tensor[], views: readonly View[]): View | undefined {
  let best = 0;
  operands.forEach((operand, i) => {
    if (sizeOf(operand.shape) > sizeOf(operands[best]!.shape)) best = i;
  });
  return views[best];
}

/** The view broadcast to `space`: missing axes in front, size 1 repeated. */
export function alignView(view: View, space: Shape): View {
  const missing = Array.from({ length: space.length - view.axes.length }, (): Axis => ({
    size: 1,
    stride: 0,
    lo: 0,
    hi: 1,
  }));
  return expandView({ ...view, axes: [...missing, ...view.axes] }, space);
}

function dropAxes(view: View, count: number): View {
  return { ...view, axes: view.axes.slice(count) };
}

function reducedAxes(op: string, space: Shape, shape: Shape): number[] {
  const missing = space.length - shape.length;
  const reduced: number[] = [];
  space.forEach((size, axis) => {
    const target = axis < missing ? 1 : shape[axis - missing]!;
    if (target !== size) {
      if (target !== 1)
        throw new ShapeError(`${op}: ${show(space)} does not sum to ${show(shape)}`);
      reduced.push(axis);
    }
  });
  return reduced;
}

/** The backend that all tensors live on. */
export function commonBackend(tensors: readonly Tensor[]): Backend {
  const backend = tensors[0]!.backend;
  const other = tensors.find((tensor) => tensor.backend !== backend)?.backend;
  if (other) {
    throw new Error(
      `tensor: an op has inputs on ${backend.name} (${backend.mode}) and on ${other.name} (${other.mode}); read one and make it a tensor of the other`,
    );
  }
  return backend;
}

/** Σ of x over the axes that make it `shape`: the adjoint of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  checkShape("sumTo", shape);
  if (shape.length > x.shape.length) {
    throw new ShapeError(`sumTo: ${show(x.shape)} does not sum to ${show(shape)}`);
  }
  return formula({ op: "sumTo", inputs: [x], expr: input(0), space: x.shape, shape });
}

/** x repeated along its axes of size 1, and along new ones in front, to `shape`; costs nothing. */
export function expand(x: Tensor, shape: Shape): Tensor {
  checkShape("expand", shape);
  const missing = shape.length - x.shape.length;
  const fits =
    missing >= 0 && x.shape.every((size, i) => size === 1 || size === shape[i + missing]);
  if (!fits) throw new ShapeError(`expand: ${show(x.shape)} does not repeat to ${show(shape)}`);
  return formula({ op: "expand", inputs: [x], expr: input(0), space: shape, shape });
}
