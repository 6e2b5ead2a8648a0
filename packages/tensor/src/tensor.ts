import type { Backend, Source } from "./backend.ts";
import { Block } from "./block.ts";
import { checkRoom } from "./checks.ts";
import { currentBackend } from "./currentBackend.ts";
import { input } from "./expr.ts";
import { observe, isRecording } from "./recording.ts";
import { checkShape, show, sizeOf, ShapeError, type Shape } from "./shape.ts";
import { dense, isDense, shapeOf, type View } from "./view.ts";

/** What an op's result remembers: its inputs, and the gradients of those that need one, given its own. */
export interface GraphNode {
  readonly inputs: readonly Tensor[];
  backward(dy: Tensor, isNeeded: readonly boolean[]): readonly (Tensor | null)[];
  /** The result's numbers anew, where that costs little. */
  again?(): Block;
}

/** An immutable array of numbers on a backend's device: shared memory seen through a view. */
export class Tensor {
  readonly block: Block;
  readonly view: View;
  readonly shape: Shape;
  readonly node: GraphNode | undefined;

  constructor(block: Block, view: View, node?: GraphNode) {
    this.block = block;
    this.view = view;
    this.shape = shapeOf(view);
    this.node = node;
  }

  get backend(): Backend {
    return this.block.backend;
  }

  /** What a kernel reads of this tensor, through another view of the same memory if one is given. */
  source(view: View = this.view): Source {
    return { storage: this.block.storage, view };
  }

  /** The elements in row-major order. */
  async read(): Promise<Float32Array> {
    const values = await this.readExact();
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }

  /** The elements in row-major order, in the number format the backend computes with. */
  async readExact(): Promise<Float32Array | Float64Array> {
    const { backend } = this;
    const { storage } = this.block;
    if (isDense(this.view) && storage.size === sizeOf(this.shape)) return backend.read(storage);
    checkRoom("read", backend, this.shape);
    const copy = backend.map(this.shape, [this.source()], input(0));
    const values = await backend.read(copy);
    backend.free(copy);
    return values;
  }

  /** The only element of a tensor of size 1. */
  async item(): Promise<number> {
    if (sizeOf(this.shape) !== 1) {
      throw new ShapeError(`item: ${show(this.shape)} has ${sizeOf(this.shape)} elements, not 1`);
    }
    return (await this.readExact())[0]!;
  }

  /** Frees the memory, and with it every view of it; scopes do this for what is made inside them. */
  free(): void {
    this.block.free();
  }

  /** `free`, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }
}

/** The gradient of one input of an op, given the gradient of its result. */
export type Pullback = (dy: Tensor) => Tensor;

/** A tensor of `view` over `block` that remembers how to go back to `inputs`; null where no gradient flows. */
export function record(
  block: Block,
  view: View,
  inputs: readonly Tensor[],
  pullbacks: readonly (Pullback | null)[],
): Tensor {
  return recordNode(block, view, {
    inputs,
    backward: (dy, isNeeded) =>
      pullbacks.map((pullback, i) => (isNeeded[i] && pullback ? pullback(dy) : null)),
  });
}

/** A tensor that remembers `node`, unless gradients are off. */
export function recordNode(block: Block, view: View, node: GraphNode): Tensor {
  const result = new Tensor(block, view, isRecording() ? node : undefined);
  observe(node.inputs, result);
  return result;
}

/** Options of `tensor`. */
export interface TensorOptions {
  /** Where the tensor lives; default: the backend in use. */
  readonly backend?: Backend;
}

/** A tensor of `shape` from its elements in row-major order. */
export function tensor(
  data: Float32Array | Float64Array | readonly number[],
  shape: Shape,
  options: TensorOptions = {},
): Tensor {
  checkShape("tensor", shape);
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: ${data.length} elements do not fill ${show(shape)}, which takes ${sizeOf(shape)}`,
    );
  }
  const backend = options.backend ?? currentBackend();
  checkRoom("tensor", backend, shape);
  const values = ArrayBuffer.isView(data) ? data : Float64Array.from(data);
  return new Tensor(new Block(backend, backend.upload(values)), dense(shape));
}

/** The same elements as a constant: no gradient flows back through the result. */
export function detach(x: Tensor): Tensor {
  return new Tensor(x.block, x.view);
}

/** The same elements as a constant that shares their memory and is freed by itself. */
export function share(x: Tensor): Tensor {
  return new Tensor(x.block.share(), x.view);
}

/** Frees the memory of what can be computed again at little cost, until its numbers are asked for. */
export function forget({ block, node }: Tensor): void {
  const again = node?.again?.bind(node);
  if (again) block.forget(again);
}

/** The elements of y as a function of `inputs` with gradients of its own: for a y made under `noGrad` that has cheaper ones than the chain rule's. */
export function withGradients(
  y: Tensor,
  inputs: readonly Tensor[],
  pullbacks: readonly (Pullback | null)[],
): Tensor {
  return record(y.block, y.view, inputs, pullbacks);
}
