import { expand, every, flip, pad, permute, unsqueeze } from "../../index.ts";
import { Random } from "../../random.ts";
import type { Shape } from "../../shape.ts";
import { tensor, type Tensor } from "../../tensor.ts";
import { sizeOf } from "../../shape.ts";

// No sizes in between: a call that succeeds is to be over soon, and to fit into memory.
const huge = [2 ** 46, 2 ** 47, 2 ** 52, 2 ** 53 - 2, 2 ** 53 - 1];
const absurd = [NaN, Infinity, -Infinity, 0.5, -0.5, -1, -2, -(2 ** 53), 2 ** 53, 2 ** 63, 2 ** 64];

/**
 * Arguments of one call, the same for the same seed, most of them right; `text` says what was
 * drawn.
 */
export class Draw {
  readonly #random: Random;
  readonly #drawn: string[] = [];
  readonly tensors: Tensor[] = [];

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  get text(): string {
    return this.#drawn.join(", ");
  }

  chance(share: number): boolean {
    return this.#random.next() < share;
  }

  below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** A whole number in [low, high], or one in twelve times any other. */
  whole(low: number, high: number): number {
    const isRight = !this.chance(1 / 12);
    return this.#say(isRight ? low + this.below(high - low + 1) : this.#wrong());
  }

  /** A finite number, or sometimes not. */
  scalar(): number {
    return this.#say(this.chance(0.9) ? this.#random.next() * 4 - 2 : this.#wrong());
  }

  axis(x: Tensor): number {
    const rank = x.shape.length;
    return this.whole(-rank, Math.max(0, rank - 1));
  }

  /** A shape of few elements, or sometimes one with a size that no memory has. */
  shape(rank = this.below(5)): number[] {
    const shape = Array.from({ length: rank }, () => this.below(5));
    if (rank > 0 && this.chance(0.1)) shape[this.below(rank)] = this.#wrong();
    return this.#say(shape);
  }

  /** A tensor of a shape, or of any, through some views. */
  tensor(shape: Shape = this.#small()): Tensor {
    const values = Float64Array.from({ length: sizeOf(shape) }, () => this.#value());
    let x = tensor(values, shape);
    while (this.chance(0.3)) x = this.#seen(x);
    if (this.chance(0.05)) x = this.#endless(x);
    this.#say(x.shape);
    this.tensors.push(x);
    return x;
  }

  /** A shape that fits another of `rank` axes in most of them. */
  like(shape: Shape, isBroadcast = false): number[] {
    const changed = shape.map((size) => {
      if (isBroadcast && this.chance(0.3)) return 1;
      return this.chance(0.03) ? this.below(5) : size;
    });
    return changed.map((size) => (size > 1000 ? 1 : size));
  }

  #small(): number[] {
    return Array.from({ length: this.below(5) }, () => (this.chance(0.1) ? 0 : 1 + this.below(5)));
  }

  // Finite, as backends differ in whether padding is multiplied.
  #value(): number {
    return this.chance(0.1) ? 0 : this.#random.next() * 4 - 2;
  }

  #wrong(): number {
    return this.pick(this.chance(0.4) ? huge : absurd);
  }

  /** The same tensor through another view. */
  #seen(x: Tensor): Tensor {
    const rank = x.shape.length;
    if (rank === 0) return x;
    const axis = this.below(rank);
    switch (this.below(5)) {
      case 0:
        return flip(x, axis);
      case 1:
        return pad(x, axis, this.below(3), this.below(3));
      case 2:
        return every(x, axis, 1 + this.below(3));
      case 3:
        return rank < 5 ? expand(unsqueeze(x, 0), [1 + this.below(3), ...x.shape]) : x;
      default: {
        const order = x.shape.map((_, i) => (i + axis) % rank);
        return permute(x, order);
      }
    }
  }

  /** One element of x, repeated along an axis without end. */
  #endless(x: Tensor): Tensor {
    const rank = x.shape.length;
    if (rank === 0 || x.shape.includes(0)) return x;
    const one = tensor(
      [this.#value()],
      x.shape.map(() => 1),
    );
    const axis = this.below(rank);
    return expand(
      one,
      x.shape.map((_, i) => (i === axis ? this.pick(huge) : 1)),
    );
  }

  #say<T>(drawn: T): T {
    this.#drawn.push(Array.isArray(drawn) ? `[${drawn.join(", ")}]` : String(drawn));
    return drawn;
  }
}
