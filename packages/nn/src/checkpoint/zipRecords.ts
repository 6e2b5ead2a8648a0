// The parts of a zip file of stored entries around their bytes; zip64 where an entry, a place or a count needs it.
import { crc32 } from "node:zlib";

/** An entry of a zip file to be written. */
export interface ZipRecord {
  readonly name: string;
  /** Bytes of the entry. */
  readonly length: number;
  readonly crc: number;
  /** Where its header lies in the file. */
  readonly at: number;
}

const alignment = 64;
const overflow32 = 0xffffffff;
const overflow16 = 0xffff;
// Zip needs a date; this is the first it can hold, so that equal contents make equal files.
const date = 0x21;
const crcLimit = 2 ** 30;

/** The checksum that zip files carry, of bytes behind those whose checksum is `before`. */
export function checksum(bytes: Uint8Array, before = 0): number {
  let crc = before;
  for (let at = 0; at < bytes.length; at += crcLimit) {
    crc = crc32(bytes.subarray(at, at + crcLimit), crc);
  }
  return crc;
}

/** What stands before an entry's bytes, padded so that they begin at a multiple of 64, as PyTorch does. */
export function localHeader(record: ZipRecord): Uint8Array {
  const { length, at } = record;
  const name = Buffer.from(record.name);
  const large = length < overflow32 ? Buffer.alloc(0) : zip64Field([length, length]);
  const end = at + 30 + name.length + large.length + 4;
  const padding = Buffer.alloc(4 + ((alignment - (end % alignment)) % alignment));
  padding.write("FB");
  padding.writeUInt16LE(padding.length - 4, 2);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.set(shared(record, name.length, large.length + padding.length), 4);
  return Buffer.concat([header, name, large, padding]);
}

/** What stands behind the last entry, at `start`: the directory and the end records. */
export function zipEnd(records: readonly ZipRecord[], start: number): Uint8Array {
  const directory = Buffer.concat(records.map(directoryEntry));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  for (const at of [8, 10]) end.writeUInt16LE(Math.min(records.length, overflow16), at);
  end.writeUInt32LE(Math.min(directory.length, overflow32), 12);
  end.writeUInt32LE(Math.min(start, overflow32), 16);
  const isLarge = records.length >= overflow16 || start + directory.length >= overflow32;
  if (!isLarge) return Buffer.concat([directory, end]);

  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  for (const at of [12, 14]) record.writeUInt16LE(45, at);
  for (const at of [24, 32]) record.writeBigUInt64LE(BigInt(records.length), at);
  record.writeBigUInt64LE(BigInt(directory.length), 40);
  record.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(start + directory.length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([directory, record, locator, end]);
}

function directoryEntry(record: ZipRecord): Uint8Array {
  const { length, at } = record;
  const name = Buffer.from(record.name);
  const overflowed = [
    ...(length < overflow32 ? [] : [length, length]),
    ...(at < overflow32 ? [] : [at]),
  ];
  const large = overflowed.length === 0 ? Buffer.alloc(0) : zip64Field(overflowed);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(45, 4);
  entry.set(shared(record, name.length, large.length), 6);
  entry.writeUInt32LE(Math.min(at, overflow32), 42);
  return Buffer.concat([entry, name, large]);
}

// The 26 bytes that an entry's header and its line in the directory have in common.
function shared({ length, at, crc }: ZipRecord, nameLength: number, extraLength: number): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(length < overflow32 && at < overflow32 ? 20 : 45, 0);
  bytes.writeUInt16LE(date, 8);
  bytes.writeUInt32LE(crc, 10);
  for (const place of [14, 18]) bytes.writeUInt32LE(Math.min(length, overflow32), place);
  bytes.writeUInt16LE(nameLength, 22);
  bytes.writeUInt16LE(extraLength, 24);
  return bytes;
}

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, i) => field.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
  return field;
}
