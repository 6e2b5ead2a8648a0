/** A message of the protobuf wire format is its fields one after another. */
export function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}

/** A field of a whole number that is not negative: int32, int64, an enum. */
export function varintField(field: number, value: number): Buffer {
  return message(key(field, 0), varint(value));
}

/** A field of a double. */
export function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return message(key(field, 1), bytes);
}

/** A field of a float. */
export function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return message(key(field, 5), bytes);
}

/** A field of bytes, a text, or another message. */
export function bytesField(field: number, value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value);
  return message(key(field, 2), varint(bytes.length), bytes);
}

function key(field: number, wireType: 0 | 1 | 2 | 5): Buffer {
  return varint(field * 8 + wireType);
}

// By division: shifts would lose what is beyond 32 bits.
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
