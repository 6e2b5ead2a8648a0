// The part of the zip format that PyTorch writes: stored (uncompressed) entries, zip64 where large.
import type { FileBytes } from "./fileBytes.ts";

/** Where the bytes of one zip entry lie in the file. */
export interface ZipEntry {
  readonly start: number;
  readonly length: number;
}

const endBytes = 22;
const longestComment = 65535;
const longestDirectory = 2 ** 28;
const decoder = new TextDecoder("utf-8");
// TorchScript compresses its source text, which is never read, and nothing else.
const compressedCode = /^[^/]+\/code\//;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Directory {
  readonly entries: number;
  readonly start: number;
  readonly length: number;
}

function findDirectory(file: FileBytes): Directory {
  const tailLength = Math.min(file.size, endBytes + longestComment);
  const tailStart = file.size - tailLength;
  const tail = viewOf(file.head(tailStart, tailLength, "zip end record"));
  let at = tailLength - endBytes;
  while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) {
    file.fail(tailStart, "zip file without its end record; it is truncated or still being written");
  }
  const directory = {
    entries: tail.getUint16(at + 10, true),
    length: tail.getUint32(at + 12, true),
    start: tail.getUint32(at + 16, true),
  };
  const isZip64 =
    directory.entries === 0xffff ||
    directory.length === 0xffffffff ||
    directory.start === 0xffffffff;
  const locatorStart = tailStart + at - 20;
  if (!isZip64 || locatorStart < 0) return directory;
  const locator = viewOf(file.head(locatorStart, 20, "zip64 locator"));
  if (locator.getUint32(0, true) !== 0x07064b50) return directory;
  const recordStart = Number(locator.getBigUint64(8, true));
  const record = viewOf(file.head(recordStart, 56, "zip64 end record"));
  if (record.getUint32(0, true) !== 0x06064b50) {
    file.fail(recordStart, "expected a zip64 end record");
  }
  return {
    entries: Number(record.getBigUint64(32, true)),
    length: Number(record.getBigUint64(40, true)),
    start: Number(record.getBigUint64(48, true)),
  };
}

/** Lists the entries of a zip file by name; every entry is checked to lie inside the file. */
export function readZipDirectory(file: FileBytes): ReadonlyMap<string, ZipEntry> {
  const directory = findDirectory(file);
  if (directory.length > longestDirectory) {
    file.fail(undefined, `zip directory of ${directory.length} bytes; at most ${longestDirectory}`);
  }
  const bytes = file.head(directory.start, directory.length, "zip directory");
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < directory.entries; i++) {
    const position = directory.start + at;
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      file.fail(position, `expected entry ${i} of ${directory.entries} in the zip directory`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) file.fail(position, `zip directory entry ${i} is cut off`);
    const name = decoder.decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (view.getUint16(at + 8, true) & 1) file.fail(position, `zip entry ${name} is encrypted`);
    const method = view.getUint16(at + 10, true);
    if (method !== 0 && compressedCode.test(name)) {
      at = next;
      continue;
    }
    if (method !== 0) {
      file.fail(
        position,
        `zip entry ${name} is compressed (method ${method}); only stored entries are read, ` +
          "as PyTorch writes them: unpack and store again with zip -0",
      );
    }
    const size = view.getUint32(at + 24, true);
    const header = view.getUint32(at + 42, true);
    const extra = viewOf(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
    const [length, headerStart] = zip64(
      file,
      position,
      size,
      view.getUint32(at + 20, true),
      header,
      extra,
    );
    entries.set(name, { start: dataStart(file, headerStart, name, length), length });
    at = next;
  }
  return entries;
}

// Values of 2^32 - 1 mean: look in the zip64 extra field, which holds only those that overflowed, in this order.
function zip64(
  file: FileBytes,
  position: number,
  size: number,
  packedSize: number,
  header: number,
  extra: DataView,
): readonly [number, number] {
  const overflowed = [size, packedSize, header].map((value) => value === 0xffffffff);
  if (!overflowed.includes(true)) return [size, header];
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const end = at + 4 + extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) !== 1) {
      at = end;
      continue;
    }
    at += 4;
    const [realSize, , realHeader] = [size, packedSize, header].map((value, i) => {
      if (!overflowed[i]) return value;
      if (at + 8 > Math.min(end, extra.byteLength)) file.fail(position, "zip64 field is too short");
      at += 8;
      return Number(extra.getBigUint64(at - 8, true));
    });
    return [realSize!, realHeader!];
  }
  return file.fail(position, "zip entry of more than 4 GB without a zip64 field");
}

function dataStart(file: FileBytes, headerStart: number, name: string, length: number): number {
  const header = viewOf(file.head(headerStart, 30, `zip entry ${name}`));
  if (header.getUint32(0, true) !== 0x04034b50) {
    file.fail(headerStart, `expected the header of zip entry ${name}`);
  }
  const start = headerStart + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  file.check(start, length, `zip entry ${name}`);
  return start;
}
