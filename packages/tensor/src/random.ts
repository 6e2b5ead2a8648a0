// Random numbers are drawn on the host, so that every backend sees the same bits for the same seed.
import { checkFinite, checkWhole } from "./checks.ts";

/** A stream of random numbers that is a pure function of its seed and of how many were drawn. */
export interface RandomState {
  readonly seed: number;
  /** Blocks of four 32-bit numbers drawn. */
  readonly counter: number;
}

/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): the four 32-bit numbers of a 64-bit counter under
 * a 64-bit key, written to `out`.
 */
export function philox(counter: number, seed: number, out: Uint32Array): void {
  let a = counter >>> 0;
  let b = Math.floor(counter / 2 ** 32) >>> 0;
  let c = 0;
  let d = 0;
  let k0 = seed >>> 0;
  let k1 = Math.floor(seed / 2 ** 32) >>> 0;
  for (let round = 0; round < 10; round++) {
    const nextA = (highProduct(0xcd9e8d57, c) ^ b ^ k0) >>> 0;
    const nextC = (highProduct(0xd2511f53, a) ^ d ^ k1) >>> 0;
    b = Math.imul(0xcd9e8d57, c) >>> 0;
    d = Math.imul(0xd2511f53, a) >>> 0;
    a = nextA;
    c = nextC;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}

/** The high 32 bits of a product of two 32-bit numbers. */
function highProduct(x: number, y: number): number {
  const x1 = x >>> 16;
  const x0 = x & 0xffff;
  const y1 = y >>> 16;
  const y0 = y & 0xffff;
  const middle = x1 * y0 + ((x0 * y0) >>> 16);
  const carry = (middle & 0xffff) + x0 * y1;
  return x1 * y1 + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000);
}

/** A generator of uniform and normal numbers; copies of its `state` continue exactly where it stood. */
export class Random {
  readonly seed: number;
  readonly #bits = new Uint32Array(4);
  #counter: number;

  constructor(seed: number | RandomState) {
    this.seed = typeof seed === "number" ? seed : seed.seed;
    this.#counter = typeof seed === "number" ? 0 : seed.counter;
    if (!Number.isSafeInteger(this.seed) || this.seed < 0) {
      throw new RangeError(
        `random: the seed ${this.seed} is not a whole number from 0 to 2^53 − 1`,
      );
    }
    checkWhole("random", "the counter", this.#counter);
  }

  get state(): RandomState {
    return { seed: this.seed, counter: this.#counter };
  }

  /** One number in [0, 1). */
  next(): number {
    return this.#draw()[0]! / 2 ** 32;
  }

  /** `count` numbers uniform in [low, high), in steps of 2⁻²⁴ of the range. */
  uniform(count: number, low = 0, high = 1): Float32Array {
    checkWhole("random", "the count", count);
    checkFinite("random", "the lower bound", low);
    checkFinite("random", "the upper bound", high);
    const out = new Float32Array(count);
    const scale = (high - low) / 2 ** 24;
    for (let i = 0; i < count; i += 4) {
      const bits = this.#draw();
      const end = Math.min(count - i, 4);
      for (let j = 0; j < end; j++) out[i + j] = low + scale * (bits[j]! >>> 8);
    }
    return out;
  }

  /** `count` standard normal numbers, by the Box–Muller transform. */
  normal(count: number): Float32Array {
    checkWhole("random", "the count", count);
    const out = new Float32Array(count);
    for (let i = 0; i < count; i += 4) {
      const bits = this.#draw();
      for (let j = 0; j < 4; j += 2) {
        const radius = Math.sqrt(-2 * Math.log((bits[j]! + 1) / 2 ** 32));
        const angle = (2 * Math.PI * bits[j + 1]!) / 2 ** 32;
        // Writes past the end of a typed array are dropped.
        out[i + j] = radius * Math.cos(angle);
        out[i + j + 1] = radius * Math.sin(angle);
      }
    }
    return out;
  }

  #draw(): Uint32Array {
    philox(this.#counter++, this.seed, this.#bits);
    return this.#bits;
  }
}
