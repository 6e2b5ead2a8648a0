import {
  E,
  elementwise,
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

type Formula = (...tensors: readonly Tensor[]) => Tensor;

/** Adam (Kingma & Ba 2015) and AdamW as PyTorch computes them; three kernels a parameter. */
export class Adam {
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #moving = new Map<string, Moving>();
  readonly #options: Required<AdamOptions>;
  readonly #first: Formula;
  readonly #second: Formula;
  readonly #updated: Formula;
  #steps = 0;

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions) {
    this.#parameters = parameters;
    this.#options = {
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      isDecoupled: false,
      ...options,
    };
    const { eps, weightDecay, isDecoupled } = this.#options;
    const [a, b] = this.#options.betas;
    const isL2 = weightDecay !== 0 && !isDecoupled;
    const gradient = (g: Expr, scale: Expr, p: Expr): Expr => {
      const scaled = E.mul(g, scale);
      return isL2 ? E.add(scaled, E.mul(weightDecay, p)) : scaled;
    };
    this.#first = elementwise((g, m, scale, p) =>
      E.add(E.mul(a, m!), E.mul(1 - a, gradient(g!, scale!, p!))),
    );
    this.#second = elementwise((g, v, scale, p) => {
      const full = gradient(g!, scale!, p!);
      return E.add(E.mul(b, v!), E.mul(1 - b, E.mul(full, full)));
    });
    // What changes from step to step is an input: a constant would be a new kernel each time. The first moment comes first, so that from the
    // second step on parameters lie in memory as gradients do: two orders in one kernel take three times as long.
    this.#updated = elementwise((m, v, p, size, root, kept) =>
      E.sub(
        isDecoupled ? E.mul(kept!, p!) : p!,
        E.mul(size!, E.div(m!, E.add(E.div(E.sqrt(v!), root!), eps))),
      ),
    );
  }

  /** Replaces every parameter's value, given the gradients in the parameters' order; frees what it replaces. */
  step(gradients: readonly Tensor[], { scale, lr = this.#options.lr }: StepOptions = {}): void {
    if (gradients.length !== this.#parameters.size) {
      throw new Error(
        `adam: ${gradients.length} gradients came for ${this.#parameters.size} parameters`,
      );
    }
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
          const first = this.#first(g, before?.first ?? zerosLike(p), factor, p);
          const second = this.#second(g, before?.second ?? zerosLike(p), factor, p);
          const changing = [size, root, kept].map((value) => tensor([value], [], { backend }));
          return { first, second, value: this.#updated(first, second, p, ...changing) };
        }),
      );
      this.#replace(name, updated);
      parameter.value = updated.value;
    }
  }

  /** The moments stay the optimizer's: write them before the next step. */
  state(): AdamState {
    const tensors = new Map<string, Tensor>();
    for (const [name, { first, second }] of this.#moving) {
      tensors.set(`${name}.exp_avg`, first).set(`${name}.exp_avg_sq`, second);
    }
    return { steps: this.#steps, tensors };
  }

  /** Goes on from a state of the same parameters. */
  async loadState({ steps, tensors }: AdamState<TensorSource>): Promise<void> {
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

  #replace(name: string, { first, second }: Moving): void {
    const before = this.#moving.get(name);
    this.#moving.set(name, { first: keep(first), second: keep(second) });
    before?.first.free();
    before?.second.free();
  }
}
