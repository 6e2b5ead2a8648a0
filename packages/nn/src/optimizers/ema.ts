import {
  contiguous,
  E,
  elementwise,
  keep,
  noGrad,
  scope,
  tensor,
  type Tensor,
} from "@vidtok/tensor";
import type { Parameter } from "../parameter.ts";
import { copyOf, type TensorSource } from "../stateDict.ts";

/** What a moving average needs to go on. */
export interface EmaState<T = Tensor> {
  readonly updates: number;
  readonly shadow: ReadonlyMap<string, T>;
}

const towards = elementwise((shadow, p, rate) => E.sub(shadow!, E.mul(rate!, E.sub(shadow!, p!))));

/**
 * Moving averages of trainable parameters: shadow −= (1 − d)(shadow − p) with d = min(decay, (1 + n) / (10 + n)) at update n.
 */
export class Ema {
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #decay: number;
  readonly #shadow = new Map<string, Tensor>();
  #updates = 0;
  #isDisposed = false;

  constructor(parameters: ReadonlyMap<string, Parameter>, decay: number) {
    if (!(decay >= 0 && decay <= 1)) {
      throw new RangeError(`ema: the decay ${decay} must lie between 0 and 1`);
    }
    this.#parameters = new Map([...parameters].filter(([, parameter]) => parameter.trainable));
    this.#decay = decay;
    for (const [name, { value }] of this.#parameters) {
      this.#shadow.set(name, keep(noGrad(() => contiguous(value))));
    }
  }

  /** Moves every average towards its parameter; call after each optimizer step. */
  update(): void {
    this.#checkDisposed();
    this.#updates += 1;
    const decay = Math.min(this.#decay, (1 + this.#updates) / (10 + this.#updates));
    for (const [name, { value }] of this.#parameters) {
      const shadow = this.#shadow.get(name)!;
      const next = noGrad(() =>
        scope(() => towards(shadow, value, tensor([1 - decay], [], { backend: value.backend }))),
      );
      this.#shadow.set(name, keep(next));
      shadow.free();
    }
  }

  /** Runs `f` with the averages in place of the parameters, and puts those back. */
  async use<T>(f: () => T | Promise<T>): Promise<T> {
    this.#checkDisposed();
    const trained = new Map<string, Tensor>();
    for (const [name, parameter] of this.#parameters) {
      trained.set(name, parameter.swap(this.#shadow.get(name)!));
    }
    try {
      return await f();
    } finally {
      for (const [name, parameter] of this.#parameters) {
        const value = trained.get(name)!;
        if (parameter.isDisposed) value.free();
        else parameter.swap(value);
      }
    }
  }

  /** The averages stay this object's: write them before the next update. */
  state(): EmaState {
    this.#checkDisposed();
    return { updates: this.#updates, shadow: this.#shadow };
  }

  /** Goes on from a state of the same parameters. */
  async loadState({ updates, shadow }: EmaState<TensorSource>): Promise<void> {
    this.#checkDisposed();
    for (const [name, { shape }] of this.#parameters) {
      const source = shadow.get(name);
      if (source?.shape.join() !== shape.join()) {
        throw new Error(
          `ema: the state has ${source ? `[${source.shape.join(", ")}]` : "nothing"} ` +
            `for ${name} [${shape.join(", ")}]`,
        );
      }
      const before = this.#shadow.get(name);
      this.#shadow.set(name, keep(await copyOf(source)));
      before?.free();
    }
    this.#updates = updates;
  }

  /** Frees the averages; the parameters keep their values. */
  dispose(): void {
    this.#isDisposed = true;
    for (const shadow of this.#shadow.values()) shadow.free();
    this.#shadow.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkDisposed(): void {
    if (this.#isDisposed) throw new Error("ema: disposed; create a new one");
  }
}
