import {
  checkShape,
  detach,
  keep,
  show,
  ShapeError,
  type Shape,
  type Tensor,
} from "@vidtok/tensor";
import type { Initialiser } from "./initialisers.ts";

/** Whether an optimizer trains a value (`parameter`) or a layer keeps it on the way (`buffer`). */
export type ParameterKind = "parameter" | "buffer";

/**
 * The one mutable thing in a model: a tensor that optimizers and checkpoints replace. It has no value until `initialize` or
 * `loadStateDict` gives it one, so that a model which loads a checkpoint draws no random numbers.
 */
export class Parameter {
  readonly shape: Shape;
  readonly initialiser: Initialiser;
  readonly kind: ParameterKind;
  /** False for frozen parameters: `Ema` leaves them out, and so should who builds an optimizer. */
  trainable: boolean;
  #value: Tensor | undefined;
  #disposed: string | undefined;

  constructor(shape: Shape, initialiser: Initialiser, kind: ParameterKind = "parameter") {
    this.shape = checkShape("parameter", shape);
    this.initialiser = initialiser;
    this.kind = kind;
    this.trainable = kind === "parameter";
  }

  get hasValue(): boolean {
    return this.#value !== undefined;
  }

  get isDisposed(): boolean {
    return this.#disposed !== undefined;
  }

  get value(): Tensor {
    this.#checkDisposed();
    if (!this.#value) {
      throw new Error(
        `parameter: ${show(this.shape)} has no value; call initialize(model, seed) or loadStateDict first`,
      );
    }
    return this.#value;
  }

  /** Takes the tensor out of every scope, forgets how it was made, and frees the one before. */
  set value(next: Tensor) {
    const before = this.#value;
    this.#replace(next);
    if (before && before.block !== next.block) before.free();
  }

  /** Exchanges the value and returns the one before, which is not freed. */
  swap(next: Tensor): Tensor {
    const before = this.value;
    this.#replace(next);
    return before;
  }

  /**
   * Frees the value for good. Whatever reads or sets it afterwards throws an error with the text
   * `reason`.
   */
  dispose(reason: string): void {
    this.#value?.free();
    this.#value = undefined;
    this.#disposed ??= reason;
  }

  #checkDisposed(): void {
    if (this.#disposed !== undefined) throw new Error(this.#disposed);
  }

  #replace(next: Tensor): void {
    this.#checkDisposed();
    if (next.shape.join() !== this.shape.join()) {
      throw new ShapeError(
        `parameter: a value of ${show(next.shape)} does not fit ${show(this.shape)}`,
      );
    }
    this.#value = keep(detach(next));
  }
}
