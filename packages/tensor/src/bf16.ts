const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

/** The bf16 number nearest to `value` as a float32, of two equally near ones the even: the upper half of a float32. NaN and ±∞ stay. */
export function roundToBf16(value: number): number {
  floats[0] = value;
  if (Number.isNaN(value)) return value;
  const word = words[0]!;
  words[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  return floats[0];
}
