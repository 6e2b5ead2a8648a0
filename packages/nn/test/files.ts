import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { onTestFinished } from "vitest";

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-nn-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Path of a file of the given bytes in a folder that is removed when the test ends. */
export function temporaryFile(bytes: Uint8Array, name = "case.ckpt"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

/** A safetensors file of this header and these elements. */
export function safetensorsBytes(header: Uint8Array, data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

/** Path of a safetensors file of this header and these elements. */
export function safetensorsFile(header: Uint8Array, data: Uint8Array): string {
  return temporaryFile(safetensorsBytes(header, data), "case.safetensors");
}

/** A copy of a zip file of fewer than 65,535 entries in which all checksums are 0. */
export function withoutChecksums(zip: Uint8Array): Uint8Array {
  const bytes = Buffer.from(zip);
  const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    bytes.writeUInt32LE(0, at + 16);
    bytes.writeUInt32LE(0, bytes.readUInt32LE(at + 42) + 14);
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30);
  }
  return bytes;
}

/** Path of a committed fixture. */
export function fixture(name: string): string {
  return join(import.meta.dirname, "fixtures", name);
}

/** A member of a zip file made by `zipFile`. */
export interface ZipMember {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** Write sizes and offsets as zip64 fields. */
  readonly isZip64?: boolean;
  /** Checksum in the directory and the member's header. Default that of the data. */
  readonly crc?: number;
  /** Name in the member's own header. Default `name`. */
  readonly localName?: string;
  /** Size in the member's own header. Default that of the data. */
  readonly localSize?: number;
  /** Member whose header and data this one takes instead of its own, by its index. */
  readonly sharedWith?: number;
}

/** A zip file of stored members. */
export function zipFile(members: readonly ZipMember[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const starts: number[] = [];
  let next = 0;
  for (const member of members) {
    const { name, data, method = 0, flags = 0, isZip64 = false, sharedWith } = member;
    const { crc = crc32(data), localName = name, localSize = data.length } = member;
    const at = sharedWith === undefined ? next : starts[sharedWith]!;
    starts.push(at);
    const encoded = Buffer.from(name);
    const localEncoded = Buffer.from(localName);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(flags, 6);
    header.writeUInt16LE(method, 8);
    header.writeUInt32LE(crc, 14);
    header.writeUInt32LE(localSize, 18);
    header.writeUInt32LE(localSize, 22);
    header.writeUInt16LE(localEncoded.length, 26);
    const extra = Buffer.alloc(isZip64 ? 28 : 0);
    if (isZip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      extra.writeBigUInt64LE(BigInt(data.length), 4);
      extra.writeBigUInt64LE(BigInt(data.length), 12);
      extra.writeBigUInt64LE(BigInt(at), 20);
    }
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc, 16);
    entry.writeUInt32LE(isZip64 ? 0xffffffff : data.length, 20);
    entry.writeUInt32LE(isZip64 ? 0xffffffff : data.length, 24);
    entry.writeUInt16LE(encoded.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(isZip64 ? 0xffffffff : at, 42);
    directory.push(entry, encoded, extra);
    if (sharedWith !== undefined) continue;
    parts.push(header, localEncoded, Buffer.from(data));
    next += 30 + localEncoded.length + data.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(next, 16);
  if (!members.some((member) => member.isZip64)) {
    return Buffer.concat([...parts, listing, end]);
  }
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(BigInt(members.length), 32);
  record.writeBigUInt64LE(BigInt(listing.length), 40);
  record.writeBigUInt64LE(BigInt(next), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(next + listing.length), 8);
  end.fill(0xff, 10, 20);
  return Buffer.concat([...parts, listing, record, locator, end]);
}

/** A torch zip file with this pickle and these storages. */
export function torchFile(
  pickle: string | Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
): string {
  const data = typeof pickle === "string" ? Buffer.from(pickle, "latin1") : pickle;
  return temporaryFile(
    zipFile([
      { name: "case/data.pkl", data },
      ...Object.entries(storages).map(([key, bytes]) => ({
        name: `case/data/${key}`,
        data: bytes,
      })),
    ]),
  );
}
