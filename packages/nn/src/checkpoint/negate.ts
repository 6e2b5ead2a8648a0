import { itemSize, type StoredDtype } from "./dtype.ts";

/**
 * Negates raw elements in place as PyTorch resolves a negative view: floats by their sign bit, so
 * that zeros and NaN change sign too, integers modulo their width. `raw` must start at a multiple
 * of 8 in its buffer; PyTorch does not negate bool, nor does this.
 */
export function negate(dtype: Exclude<StoredDtype, "bool">, raw: Uint8Array): void {
  const { buffer, byteOffset } = raw;
  const n = raw.byteLength / itemSize[dtype];
  switch (dtype) {
    case "f64":
      return flipSign(new Uint32Array(buffer, byteOffset, 2 * n), 1, 2, 0x8000_0000);
    case "f32":
      return flipSign(new Uint32Array(buffer, byteOffset, n), 0, 1, 0x8000_0000);
    case "f16":
    case "bf16":
      return flipSign(new Uint16Array(buffer, byteOffset, n), 0, 1, 0x8000);
    case "i64":
    case "u64": {
      const values = new BigUint64Array(buffer, byteOffset, n);
      for (let i = 0; i < n; i++) values[i] = -values[i]!;
      return;
    }
    case "i32":
    case "u32":
      return subtractFromZero(new Uint32Array(buffer, byteOffset, n));
    case "i16":
    case "u16":
      return subtractFromZero(new Uint16Array(buffer, byteOffset, n));
    case "i8":
    case "u8":
      return subtractFromZero(raw);
    default:
      throw new Error(`dtype ${String(dtype satisfies never)}`);
  }
}

function flipSign(
  words: Uint32Array | Uint16Array,
  first: number,
  step: number,
  bit: number,
): void {
  for (let i = first; i < words.length; i += step) words[i]! ^= bit;
}

function subtractFromZero(words: Uint32Array | Uint16Array | Uint8Array): void {
  for (let i = 0; i < words.length; i++) words[i] = -words[i]!;
}
