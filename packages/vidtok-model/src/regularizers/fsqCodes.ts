import { detach, div, E, elementwise, mul, round, ShapeError, sum, tensor } from "@vidtok/tensor";
import type { Backend, Tensor } from "@vidtok/tensor";

// tanh(z + shift) · half − offset: limits z to the range of the codes
const limited = elementwise((z, shift, half, offset) =>
  E.sub(E.mul(E.tanh(E.add(z!, shift!)), half!), offset!),
);

// (code + halfWidth) · basis
const place = elementwise((code, halfWidth, basis) => E.mul(E.add(code!, halfWidth!), basis!));

// The half keeps the quotient of whole numbers off the border where rounding could lower it.
const quotient = (a: Parameters<typeof E.div>[0], b: Parameters<typeof E.div>[1]) =>
  E.floor(E.div(E.add(a, 0.5), b));

// ((index ÷ basis) mod level − halfWidth) / halfWidth
const codeOf = elementwise((index, basis, level, halfWidth) => {
  const above = quotient(index!, basis!);
  const digit = E.sub(above, E.mul(quotient(above, level!), level!));
  return E.div(E.sub(digit, halfWidth!), halfWidth!);
});

// A code number has to be a whole f32.
const mostCodes = 2 ** 24;

/** The grid of codes: dimension d has `levels[d]` values in [-1, 1], and the first one counts fastest. */
export class FsqCodes {
  readonly levels: readonly number[];
  /** The number of codes. */
  readonly size: number;

  constructor(levels: readonly number[]) {
    this.levels = levels;
    this.size = levels.reduce((product, level) => product * level, 1);
    if (levels.length === 0 || this.size > mostCodes) {
      throw new RangeError(
        `fsq: levels [${levels.join(", ")}] make ${this.size} codes; there may be 2 to ${mostCodes}`,
      );
    }
  }

  /** The values of dimension `d`, lowest first. */
  values(d: number): readonly number[] {
    const level = this.levels[d]!;
    const halfWidth = Math.floor(level / 2);
    return Array.from({ length: level }, (_, digit) => (digit - halfWidth) / halfWidth);
  }

  /** `z [..., d, t, h, w]` squeezed into the range of the codes. */
  bound(z: Tensor): Tensor {
    const half = (level: number): number => ((level - 1) * 1.001) / 2;
    const offset = (level: number): number => (level % 2 === 0 ? 0.5 : 0);
    const shift = (level: number): number => Math.atanh(offset(level) / half(level));
    const of = (f: (level: number) => number): Tensor => this.#constant(f, z.backend);
    return limited(z, of(shift), of(half), of(offset));
  }

  /** The nearest codes of `z [..., d, t, h, w]`, and their numbers `[..., 1, t, h, w]`; rounding passes gradients on. */
  quantize(z: Tensor): { readonly codes: Tensor; readonly indices: Tensor } {
    const whole = round(this.bound(z));
    const halfWidth = this.#halfWidth(z.backend);
    const digits = place(detach(whole), halfWidth, this.#basis(z.backend));
    return { codes: div(whole, halfWidth), indices: sum(digits, -4, { keepDims: true }) };
  }

  /** The codes `[..., d, t, h, w]` that have the numbers `[..., 1, t, h, w]`. */
  fromIndices(indices: Tensor): Tensor {
    const { backend } = indices;
    const levels = this.#constant((level) => level, backend);
    return codeOf(indices, this.#basis(backend), levels, this.#halfWidth(backend));
  }

  #halfWidth(backend: Backend): Tensor {
    return this.#constant((level) => Math.floor(level / 2), backend);
  }

  #basis(backend: Backend): Tensor {
    const below = (d: number): number =>
      this.levels.slice(0, d).reduce((product, level) => product * level, 1);
    return this.#constant((_, d) => below(d), backend);
  }

  #constant(f: (level: number, d: number) => number, backend: Backend): Tensor {
    return tensor(this.levels.map(f), [this.levels.length, 1, 1, 1], { backend });
  }
}

/** Code numbers as a tensor for `decodeIndices`; throws for one that is not whole or not below `codes`. */
export function indexTensor(
  values: ArrayLike<number>,
  shape: readonly number[],
  codes: number,
): Tensor {
  const data = Float32Array.from(values);
  const bad = data.findIndex((value) => !Number.isInteger(value) || value < 0 || value >= codes);
  if (bad >= 0) {
    throw new ShapeError(
      `indices: element ${bad} is ${values[bad]}; code numbers are whole, from 0 to ${codes - 1}`,
    );
  }
  return tensor(data, shape);
}

/** Reads code numbers back as integers. */
export async function readIndices(indices: Tensor): Promise<Int32Array> {
  return Int32Array.from(await mul(indices, 1).read());
}
