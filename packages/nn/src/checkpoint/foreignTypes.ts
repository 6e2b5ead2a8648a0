// Element types that checkpoints hold and nothing here computes with: listed by name, never read.

/** Bytes of an element by PyTorch's name of its type. */
export const foreignSizes: ReadonlyMap<string, number> = new Map([
  ["complex32", 4],
  ["complex64", 8],
  ["complex128", 16],
  ["qint8", 1],
  ["quint8", 1],
  ["qint32", 4],
  ["quint4x2", 1],
  ["quint2x4", 1],
  ["bits1x8", 1],
  ["bits2x4", 1],
  ["bits4x2", 1],
  ["bits8", 1],
  ["bits16", 2],
  ["float8_e4m3fn", 1],
  ["float8_e4m3fnuz", 1],
  ["float8_e5m2", 1],
  ["float8_e5m2fnuz", 1],
  ["float8_e8m0fnu", 1],
  ["float4_e2m1fn_x2", 1],
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((bits): [string, number][] => [
    [`int${bits}`, 1],
    [`uint${bits}`, 1],
  ]),
]);

/** Element types of PyTorch's storage classes that are not read. */
export const foreignStorages: ReadonlyMap<string, string> = new Map([
  ["torch.ComplexHalfStorage", "complex32"],
  ["torch.ComplexFloatStorage", "complex64"],
  ["torch.ComplexDoubleStorage", "complex128"],
  ["torch.QInt8Storage", "qint8"],
  ["torch.QUInt8Storage", "quint8"],
  ["torch.QInt32Storage", "qint32"],
  ["torch.QUInt4x2Storage", "quint4x2"],
  ["torch.QUInt2x4Storage", "quint2x4"],
]);

/** Bits of an element by the safetensors format's name of its type. */
export const foreignSafetensorsBits: ReadonlyMap<string, number> = new Map([
  ["F4", 4],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
  ["F8_E5M2", 8],
  ["F8_E4M3", 8],
  ["F8_E8M0", 8],
  ["F8_E4M3FNUZ", 8],
  ["F8_E5M2FNUZ", 8],
  ["C64", 64],
]);
