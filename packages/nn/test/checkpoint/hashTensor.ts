import { countElements } from "../../src/checkpoint/storedTensor.ts";

/** v = 2u - 1 in [-1, 1) for flat index i of the tensor `name`; u is a 32-bit hash over 2^32. */
export function hashValues(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return Float64Array.from({ length: count }, (_, i) => {
    let h = (seed + Math.imul(i, 0x9e3779b1)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (2 * ((h ^ (h >>> 16)) >>> 0)) / 2 ** 32 - 1;
  });
}

/** The values the reference's fixtures give a parameter of this name and shape. */
export function hashParameter(name: string, shape: readonly number[]): Float32Array {
  const v = hashValues(name, countElements(shape));
  if (shape.length > 1) {
    const scale = Math.sqrt(3 / countElements(shape.slice(1)));
    return Float32Array.from(v, (x) => x * scale);
  }
  return Float32Array.from(v, (x) => (name.endsWith("weight") ? 1 + 0.1 * x : 0.1 * x));
}
