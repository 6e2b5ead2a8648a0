import { crc32c } from "./crc32c.ts";

/** A record of a TFRecord file: length, its checksum, the bytes, their checksum; little endian. */
export function tfRecord(bytes: Uint8Array): Buffer {
  const record = Buffer.alloc(bytes.length + 16);
  record.writeBigUInt64LE(BigInt(bytes.length), 0);
  record.writeUInt32LE(masked(crc32c(record.subarray(0, 8))), 8);
  record.set(bytes, 12);
  record.writeUInt32LE(masked(crc32c(bytes)), bytes.length + 12);
  return record;
}

// The format stores checksums rotated and shifted, since that of data which holds one is weak.
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
