import { tensor, type Tensor } from "../tensor.ts";
import { sizeOf, type Shape } from "../shape.ts";

/** The 32-bit FNV-1a hash of a text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * Reproducible numbers in [−1, 1) for a name: element i is a hash (murmur3's finalizer) of the name's hash and i. `value` is made of them
 * before they are rounded to float32.
 */
export function hashValues(
  name: string,
  count: number,
  value: (v: number) => number = (v) => v,
): Float32Array {
  const seed = fnv1a(name);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let h = (seed + Math.imul(i, 0x9e3779b1)) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h = (h ^ (h >>> 16)) >>> 0;
    out[i] = value((2 * h) / 2 ** 32 - 1);
  }
  return out;
}

/** A reproducible tensor of numbers in [low, high) for a name. */
export function noise(name: string, shape: Shape, low = -1, high = 1): Tensor {
  const values = hashValues(name, sizeOf(shape));
  return tensor(
    values.map((v) => low + ((v + 1) / 2) * (high - low)),
    shape,
  );
}
