/** Element types a checkpoint can hold, all little-endian. */
export type StoredDtype =
  | "f64"
  | "f32"
  | "f16"
  | "bf16"
  | "i64"
  | "i32"
  | "i16"
  | "i8"
  | "u64"
  | "u32"
  | "u16"
  | "u8"
  | "bool";

/** Bytes per element. */
export const itemSize: Readonly<Record<StoredDtype, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u64: 8,
  u32: 4,
  u16: 2,
  u8: 1,
  bool: 1,
};

/** The names of the element types that are read, for messages. */
export const knownDtypes: string = Object.keys(itemSize).join(", ");

/** Whether elements of a type of this name are read. */
export function isStoredDtype(name: string): name is StoredDtype {
  return Object.hasOwn(itemSize, name);
}

let halfTable: Float32Array | undefined;

// 65,536 values: a table makes half precision as cheap to read as bytes.
function halves(): Float32Array {
  if (halfTable) return halfTable;
  halfTable = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) halfTable[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) halfTable[bits] = fraction ? NaN : sign * Infinity;
    else halfTable[bits] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return halfTable;
}

/**
 * Converts raw elements to float32 into `out` from `at` on. `raw` must start at a multiple of 8 in its buffer.
 * Integers beyond 2^24 and doubles are rounded to the nearest float32.
 */
export function toFloat32(
  dtype: StoredDtype,
  raw: Uint8Array,
  out: Float32Array,
  at: number,
): void {
  const { buffer, byteOffset } = raw;
  const n = raw.byteLength / itemSize[dtype];
  switch (dtype) {
    case "f64":
      return out.set(new Float64Array(buffer, byteOffset, n), at);
    case "f32":
      return out.set(new Float32Array(buffer, byteOffset, n), at);
    case "i32":
      return out.set(new Int32Array(buffer, byteOffset, n), at);
    case "u32":
      return out.set(new Uint32Array(buffer, byteOffset, n), at);
    case "i16":
      return out.set(new Int16Array(buffer, byteOffset, n), at);
    case "u16":
      return out.set(new Uint16Array(buffer, byteOffset, n), at);
    case "i8":
      return out.set(new Int8Array(buffer, byteOffset, n), at);
    case "u8":
      return out.set(raw, at);
    case "bool":
      for (let i = 0; i < n; i++) out[at + i] = raw[i] ? 1 : 0;
      return;
    case "i64":
    case "u64": {
      const values =
        dtype === "i64"
          ? new BigInt64Array(buffer, byteOffset, n)
          : new BigUint64Array(buffer, byteOffset, n);
      for (let i = 0; i < n; i++) out[at + i] = Number(values[i]);
      return;
    }
    case "bf16": {
      const target = new Uint32Array(out.buffer, out.byteOffset + 4 * at, n);
      const values = new Uint16Array(buffer, byteOffset, n);
      for (let i = 0; i < n; i++) target[i] = values[i]! << 16;
      return;
    }
    case "f16": {
      const table = halves();
      const values = new Uint16Array(buffer, byteOffset, n);
      for (let i = 0; i < n; i++) out[at + i] = table[values[i]!]!;
      return;
    }
    default:
      throw new Error(`dtype ${String(dtype satisfies never)}`);
  }
}
