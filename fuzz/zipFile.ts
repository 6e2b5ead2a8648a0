import { crc32 } from "node:zlib";
import { joined } from "./mutateBytes.ts";

/** A stored member of a zip file. */
export interface Member {
  readonly name: string;
  readonly data: Uint8Array;
}

/** The members of a zip file as its directory lists them; empty where there is none. */
export function unzip(bytes: Uint8Array): readonly Member[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const members: Member[] = [];
  for (let at = 0; (at = buffer.indexOf("PK\x01\x02", at, "latin1")) >= 0; at += 46) {
    if (at + 46 > buffer.length) break;
    const [size, nameLength, from] = [
      buffer.readUInt32LE(at + 24),
      buffer.readUInt16LE(at + 28),
      buffer.readUInt32LE(at + 42),
    ];
    const name = buffer.toString("utf8", at + 46, at + 46 + nameLength);
    if (from + 30 > buffer.length) continue;
    const start = from + 30 + buffer.readUInt16LE(from + 26) + buffer.readUInt16LE(from + 28);
    members.push({ name, data: buffer.subarray(start, start + size) });
  }
  return members;
}

/** A zip file of stored members with right checksums. */
export function zip(members: readonly Member[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data } of members) {
    const encoded = Buffer.from(name);
    // From the version to the lengths of name and extra field, both records are the same.
    const common = Buffer.alloc(26);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(encoded.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    parts.push(Buffer.from("PK\x03\x04"), common, encoded, data);
    directory.push(Buffer.from("PK\x01\x02\0\0"), common, place, encoded);
    at += 30 + encoded.length + data.length;
  }
  const listing = joined(...directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(at, 16);
  return joined(...parts, listing, end);
}
