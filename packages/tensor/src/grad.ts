import { closeArena, openArena, type Block } from "./block.ts";
import { onesLike, zerosLike } from "./ops/create.ts";
import { add } from "./ops/elementwise.ts";
import { isRecording, withRecording } from "./recording.ts";
import { sameShape, show, ShapeError } from "./shape.ts";
import type { GraphNode, Tensor } from "./tensor.ts";

/** Options of `grad`. */
export interface GradOptions {
  /** Record the gradients' own computation, to differentiate them again; default false. */
  readonly createGraph?: boolean;
  /** Free what y was computed from as soon as its gradient has gone by, but for targets and what no op made; default false, and not with `createGraph`. */
  readonly freeGraph?: boolean;
}

/** Tensors from which `y` was computed that depend on a target, each after all that it was used for. */
function dependents(y: Tensor, targets: ReadonlySet<Tensor>): Tensor[] {
  const depends = new Map<Tensor, boolean>();
  const order: Tensor[] = [];
  const stack: Tensor[] = [y];
  // Depth first without recursion: a graph is as deep as its model is long.
  while (stack.length > 0) {
    const x = stack.at(-1)!;
    const inputs = x.node?.inputs ?? [];
    if (!depends.has(x)) {
      depends.set(x, false);
      stack.push(...inputs.filter((input) => !depends.has(input)));
      continue;
    }
    stack.pop();
    if (depends.get(x)) continue;
    if (targets.has(x) || inputs.some((input) => depends.get(input))) {
      depends.set(x, true);
      order.push(x);
    }
  }
  return order.reverse();
}

/** Counts which gradients share a block, to free each block with its last user. */
class Cotangents {
  readonly #of = new Map<Tensor, Tensor>();
  readonly #users = new Map<Block, number>();
  readonly #arena: ReadonlySet<Block>;

  constructor(arena: ReadonlySet<Block>) {
    this.#arena = arena;
  }

  get(x: Tensor): Tensor | undefined {
    return this.#of.get(x);
  }

  add(x: Tensor, dx: Tensor): void {
    if (!sameShape(x.shape, dx.shape)) {
      throw new ShapeError(`grad: a gradient ${show(dx.shape)} came back for ${show(x.shape)}`);
    }
    const before = this.#of.get(x);
    const sum = before ? add(before, dx) : dx;
    this.hold(sum);
    if (before) this.drop(before);
    this.#of.set(x, sum);
  }

  hold(x: Tensor): void {
    this.#users.set(x.block, (this.#users.get(x.block) ?? 0) + 1);
  }

  /** Frees a gradient that nobody holds any more, if it was made here. */
  drop({ block }: Tensor): void {
    const users = this.#users.get(block)! - 1;
    this.#users.set(block, users);
    if (users === 0 && this.#arena.has(block)) block.free();
  }
}

/** Counts tensors that share a block, to free what an op made when the gradient has passed all of them. */
class Spent {
  readonly #left = new Map<Block, number>();

  constructor(order: readonly Tensor[], targets: ReadonlySet<Tensor>) {
    for (const { block } of order) this.#left.set(block, (this.#left.get(block) ?? 0) + 1);
    const given = order.flatMap((x) => [x, ...(x.node?.inputs ?? [])]).filter((x) => !x.node);
    for (const { block } of [...targets, ...given]) this.#left.delete(block);
  }

  pass({ block }: Tensor): void {
    const left = this.#left.get(block);
    if (left === undefined) return;
    this.#left.set(block, left - 1);
    if (left === 1) block.free();
  }
}

/**
 * The gradients of Σ y·dy with respect to each target, in the targets' shapes; zeros where y does not depend on one. `dy` may be left
 * out for a `y` of one element. What is not returned is freed on the way.
 */
export function grad(
  y: Tensor,
  targets: readonly Tensor[],
  dy?: Tensor,
  options: GradOptions = {},
): Tensor[] {
  const { createGraph = false } = options;
  if (!dy && y.shape.some((size) => size !== 1)) {
    throw new ShapeError(
      `grad: y is ${show(y.shape)}; pass dy of that shape, or reduce y to one element`,
    );
  }
  if (dy && !sameShape(y.shape, dy.shape)) {
    throw new ShapeError(`grad: y is ${show(y.shape)} but dy is ${show(dy.shape)}`);
  }
  const arena = openArena();
  const keep = new Set<Block>();
  try {
    const results = withRecording(createGraph && isRecording(), () =>
      backward(y, targets, dy ?? onesLike(y), arena, options),
    );
    results.forEach((result) => keep.add(result.block));
    if (createGraph) arena.forEach((block) => keep.add(block));
    return results;
  } finally {
    closeArena(keep);
  }
}

function backward(
  y: Tensor,
  targets: readonly Tensor[],
  dy: Tensor,
  arena: ReadonlySet<Block>,
  { createGraph = false, freeGraph = false }: GradOptions,
): Tensor[] {
  const wanted = new Set(targets);
  const order = dependents(y, wanted);
  const spent = new Spent(freeGraph && !createGraph ? order : [], wanted);
  const isNeeded = new Set(order);
  const cotangents = new Cotangents(createGraph ? new Set() : arena);
  if (isNeeded.has(y)) cotangents.add(y, dy);
  for (const x of order) {
    const dx = cotangents.get(x);
    const { node } = x;
    if (!dx || !node) {
      spent.pass(x);
      continue;
    }
    const { inputs } = node;
    const gradients = step(
      node,
      dx,
      inputs.map((input) => isNeeded.has(input)),
      createGraph,
    );
    spent.pass(x);
    // Held first, so that a block shared by two of them outlives the first sum.
    gradients.forEach((gradient) => gradient && cotangents.hold(gradient));
    inputs.forEach((input, i) => gradients[i] && cotangents.add(input, gradients[i]));
    gradients.forEach((gradient) => gradient && cotangents.drop(gradient));
    if (!wanted.has(x)) cotangents.drop(dx);
  }
  return targets.map((target) => cotangents.get(target) ?? zerosLike(target));
}

/** The gradients of one op's inputs; what else its formulas made on the way is freed at once. */
function step(
  node: GraphNode,
  dx: Tensor,
  isNeeded: readonly boolean[],
  createGraph: boolean,
): readonly (Tensor | null)[] {
  if (createGraph) return node.backward(dx, isNeeded);
  openArena();
  const keep = new Set<Block>();
  try {
    const gradients = node.backward(dx, isNeeded);
    gradients.forEach((gradient) => gradient && keep.add(gradient.block));
    return gradients;
  } finally {
    closeArena(keep);
  }
}
