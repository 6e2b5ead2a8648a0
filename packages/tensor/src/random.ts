// Random numbers are drawn on the host, so that every backend sees the same bits for the same seed.

/** A stream of random numbers that is a pure function of its seed and of how many were drawn. */
export interface RandomState {
  readonly seed: number;
  /** Blocks of four 32-bit numbers drawn. */
  readonly counter: number;
}

/** Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): four 32-bit numbers from a 64-bit counter and key. */
export function philox(counter: number, seed: number): [number, number, number, number] {
  let [a, b, c, d] = [counter >>> 0, Math.floor(counter / 2 ** 32) >>> 0, 0, 0];
  let [k0, k1] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(0xd2511f53, a);
    const [high1, low1] = multiply(0xcd9e8d57, c);
    [a, b, c, d] = [(high1 ^ b ^ k0) >>> 0, low1, (high0 ^ d ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [a, b, c, d];
}

/** The high and the low 32 bits of a product of two 32-bit numbers. */
function multiply(x: number, y: number): [number, number] {
  const [x1, x0] = [x >>> 16, x & 0xffff];
  const [y1, y0] = [y >>> 16, y & 0xffff];
  const middle = x1 * y0 + ((x0 * y0) >>> 16);
  const carry = (middle & 0xffff) + x0 * y1;
  const high = x1 * y1 + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000);
  return [high >>> 0, Math.imul(x, y) >>> 0];
}

/** A generator of uniform and normal numbers; copies of its `state` continue exactly where it stood. */
export class Random {
  readonly seed: number;
  #counter: number;

  constructor(seed: number | RandomState) {
    this.seed = typeof seed === "number" ? seed : seed.seed;
    this.#counter = typeof seed === "number" ? 0 : seed.counter;
    if (!Number.isSafeInteger(this.seed) || this.seed < 0) {
      throw new RangeError(
        `random: the seed ${this.seed} is not a whole number from 0 to 2^53 − 1`,
      );
    }
  }

  get state(): RandomState {
    return { seed: this.seed, counter: this.#counter };
  }

  /** One number in [0, 1). */
  next(): number {
    return this.#draw()[0] / 2 ** 32;
  }

  /** `count` numbers uniform in [low, high), in steps of 2⁻²⁴ of the range. */
  uniform(count: number, low = 0, high = 1): Float32Array {
    return this.#fill(count, (bits) => bits.map((b) => low + (high - low) * ((b >>> 8) / 2 ** 24)));
  }

  /** `count` standard normal numbers, by the Box–Muller transform. */
  normal(count: number): Float32Array {
    return this.#fill(count, ([a, b, c, d]) => [...boxMuller(a, b), ...boxMuller(c, d)]);
  }

  #draw(): [number, number, number, number] {
    return philox(this.#counter++, this.seed);
  }

  #fill(
    count: number,
    four: (bits: [number, number, number, number]) => readonly number[],
  ): Float32Array {
    const out = new Float32Array(count);
    for (let i = 0; i < count; i += 4) out.set(four(this.#draw()).slice(0, count - i), i);
    return out;
  }
}

function boxMuller(a: number, b: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log((a + 1) / 2 ** 32));
  const angle = (2 * Math.PI * b) / 2 ** 32;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
