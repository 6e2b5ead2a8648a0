import {
  checkFinite,
  E,
  elementwiseAll,
  keep,
  noGrad,
  scope,
  tensor,
  zerosLike,
  type Expr,
  type Tensor,
} from "@vidtok/tensor";
import type { Parameter } from "../parameter.ts";
import { copyOf, type TensorSource } from "../stateDict.ts";

/** Options of `Adam`. */
export interface AdamOptions {
  /** Learning rate. */
  readonly lr: number;
  /** Decay of the running mean of the gradient and of its square; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly eps?: number;
  /** Pull of every weight towards 0; default 0. */
  readonly weightDecay?: number;
  /**
   * Shrink the weights by lr · weightDecay beside the step, as AdamW does (Loshchilov & Hutter 2019), instead of
   * adding weightDecay · p to the gradients; default false.
   */
  readonly isDecoupled?: boolean;
}

/** What an optimizer needs to go on: steps done, and `<parameter>.exp_avg` and `<parameter>.exp_avg_sq`. */
export interface AdamState<T = Tensor> {
  readonly steps: number;
  readonly tensors: ReadonlyMap<string, T>;
}

/** Options of `Adam.step`. */
export interface StepOptions {
  /** A tensor of one element that every gradient is multiplied with, such as `clipGradNorm`'s; default 1. */
  readonly scale?: Tensor;
  /** Learning rate of this step alone, such as a schedule's; default the optimizer's. */
  readonly lr?: number;
}

interface Moving {
  readonly first: Tensor;
  readonly second: Tensor;
}

/** Adam (Kingma & Ba 2015) and AdamW as PyTorch computes them; one kernel a parameter where the backend has it. */
export class Adam {
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #moving = new Map<string, Moving>();
  readonly #options: Required<AdamOptions>;
  readonly #update: ReturnType<typeof elementwiseAll>;
  #steps = 0;
  #isDisposed = false;

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions) {
    this.#parameters = parameters;
    this.#options = {
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      isDecoupled: false,
      ...options,
    };
    const { lr, eps, weightDecay, isDecoupled } = this.#options;
    const [a, b] = this.#options.betas;
    checkFinite("adam", "the learning rate", lr, 0);
    checkFinite("adam", "eps", eps, 0);
    checkFinite("adam", "the weight decay", weightDecay, 0);
    if (!(a >= 0 && a < 1 && b >= 0 && b < 1)) {
      throw new RangeError(`adam: betas are ${a} and ${b}; they must be at least 0 and below 1`);
    }
    const isL2 = weightDecay !== 0 && !isDecoupled;
    const gradient = (g: Expr, scale: Expr, p: Expr): Expr => {
      const scaled = E.mul(g, scale);
      return isL2 ? E.add(scaled, E.mul(weightDecay, p)) : scaled;
    };
    // What changes from step to step is an input: a constant would be a new kernel each time. The gradient comes first, so that from the
    // second step on moments and parameters lie in memory as it does: two orders in one kernel take three times as long.
    this.#update = elementwiseAll((g, m, v, p, scale, size, root, kept) => {
      const full = gradient(g!, scale!, p!);
      const first = E.add(E.mul(a, m!), E.mul(1 - a, full));
      const second = E.add(E.mul(b, v!), E.mul(1 - b, E.mul(full, full)));
      const change = E.div(first, E.add(E.div(E.sqrt(second), root!), eps));
      return [first, second, E.sub(isDecoupled ? E.mul(kept!, p!) : p!, E.mul(size!, change))];
    });
  }

  /** Replaces every parameter's value, given the gradients in the parameters' order; frees what it replaces. */
  step(gradients: readonly Tensor[], { scale, lr = this.#options.lr }: StepOptions = {}): void {
    this.#checkDisposed();
    if (gradients.length !== this.#parameters.size) {
      throw new Error(
        `adam: ${gradients.length} gradients came for ${this.#parameters.size} parameters`,
      );
    }
    checkFinite("adam", "the learning rate", lr, 0);
    this.#steps += 1;
    const { betas, weightDecay } = this.#options;
    const size = lr / (1 - betas[0] ** this.#steps);
    const root = Math.sqrt(1 - betas[1] ** this.#steps);
    const kept = 1 - lr * weightDecay;
    let next = 0;
    for (const [name, parameter] of this.#parameters) {
      const g = gradients[next++]!;
      const before = this.#moving.get(name);
      const p = parameter.value;
      const { backend } = p;
      const updated = noGrad(() =>
        scope(() => {
          const factor = scale ?? tensor([1], [], { backend });
          const { first: m, second: v } = before ?? { first: zerosLike(p), second: zerosLike(p) };
          const changing = [size, root, kept].map((value) => tensor([value], [], { backend }));
          const [first, second, value] = this.#update(g, m, v, p, factor, ...changing);
          return { first: first!, second: second!, value: value! };
        }),
      );
      this.#replace(name, updated);
      parameter.value = updated.value;
    }
  }

  /** The moments stay the optimizer's: write them before the next step. */
  state(): AdamState {
    this.#checkDisposed();
    const tensors = new Map<string, Tensor>();
    for (const [name, { first, second }] of this.#moving) {
      tensors.set(`${name}.exp_avg`, first).set(`${name}.exp_avg_sq`, second);
    }
    return { steps: this.#steps, tensors };
  }

  /** Goes on from a state of the same parameters. */
  async loadState({ steps, tensors }: AdamState<TensorSource>): Promise<void> {
    this.#checkDisposed();
    for (const [name, { shape }] of this.#parameters) {
      const sources = [tensors.get(`${name}.exp_avg`), tensors.get(`${name}.exp_avg_sq`)];
      const [first, second] = sources;
      if (!first || !second) {
        if (steps > 0) throw new Error(`adam: the state after ${steps} steps lacks ${name}`);
        continue;
      }
      if (sources.some((source) => source?.shape.join() !== shape.join())) {
        throw new Error(`adam: the state of ${name} does not fit [${shape.join(", ")}]`);
      }
      this.#replace(name, { first: await copyOf(first), second: await copyOf(second) });
    }
    this.#steps = steps;
  }

  /** Frees the moments; the parameters keep their values. */
  dispose(): void {
    this.#isDisposed = true;
    for (const { first, second } of this.#moving.values()) {
      first.free();
      second.free();
    }
    this.#moving.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkDisposed(): void {
    if (this.#isDisposed) throw new Error("adam: disposed; create a new one");
  }

  #replace(name: string, { first, second }: Moving): void {
    const before = this.#moving.get(name);
    this.#moving.set(name, { first: keep(first), second: keep(second) });
    before?.first.free();
    before?.second.free();
  }
}
