// The part of the zip format that PyTorch writes: stored (uncompressed) entries, zip64 where large.
import { longestName, type Budget } from "./budget.ts";
import type { FileBytes } from "./fileBytes.ts";
import { StorageBlock } from "./storageBlock.ts";

/** A line of a zip file's directory. */
interface ZipEntry {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly length: number;
  /** Bytes in the file: `length`, where the entry is stored as it is. */
  readonly packed: number;
  /** Where the entry's own header lies in the file. */
  readonly header: number;
}

interface Directory {
  readonly entries: number;
  readonly start: number;
  readonly length: number;
}

const endBytes = 22;
const headerBytes = 30;
const longestComment = 65535;
const longestDirectory = 2 ** 28;
const overflow32 = 0xffffffff;
const encrypted = 1;
// Sizes and checksum of the entry's header are zero: they are known only behind its bytes.
const streamed = 8;
// Approximate memory in V8 of an entry, next to its name.
const entryBytes = 250;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The entries of a zip file: listed at once, and each one checked when its bytes are asked for. */
export class ZipArchive {
  readonly #file: FileBytes;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  readonly #blocks = new Map<string, StorageBlock>();
  /** Where the entry at each place of the file has to end. */
  readonly #limits: ReadonlyMap<number, number>;
  readonly #hasChecksums: boolean;

  constructor(file: FileBytes, budget: Budget) {
    const directory = findDirectory(file);
    this.#file = file;
    this.#entries = readDirectory(file, budget, directory);
    this.#limits = limitsOf(file, this.#entries, directory.start);
    // torch.serialization.set_crc32_options(False) saves 0 for every entry.
    this.#hasChecksums = [...this.#entries.values()].some(({ crc }) => crc !== 0);
    if (this.#hasChecksums) file.startThread();
  }

  /** Names of the entries in the order of the directory. */
  get names(): Iterable<string> {
    return this.#entries.keys();
  }

  /**
   * The bytes of an entry, or `undefined` where the file has none of this name; fails unless it is
   * stored as it is.
   */
  block(name: string): StorageBlock | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const known = this.#blocks.get(name);
    if (known) return known;
    const { crc } = entry;
    const checksum = this.#hasChecksums ? { record: name, crc } : undefined;
    const block = new StorageBlock(this.#file, this.#start(entry), entry.length, checksum);
    this.#blocks.set(name, block);
    return block;
  }

  #start(entry: ZipEntry): number {
    const file = this.#file;
    const { name, header, length } = entry;
    const fail = (detail: string) => file.fail(header, `zip entry ${name} ${detail}`);
    if (entry.flags & encrypted) fail("is encrypted");
    if (entry.method !== 0) {
      fail(
        `is compressed (method ${entry.method}); only stored entries are read, ` +
          "as PyTorch writes them: unpack and store again with zip -0",
      );
    }
    if (entry.packed !== length) {
      fail(`is stored as it is, but of ${length} bytes in ${entry.packed}`);
    }
    const local = viewOf(file.head(header, headerBytes, `zip entry ${name}`));
    if (local.getUint32(0, true) !== 0x04034b50) {
      file.fail(header, `expected the header of zip entry ${name}`);
    }
    const nameLength = local.getUint16(26, true);
    const nameBytes = file.head(header + headerBytes, nameLength, `name of zip entry ${name}`);
    if (Buffer.compare(nameBytes, entry.nameBytes) !== 0) {
      fail(`has the name ${JSON.stringify(decoder.decode(nameBytes))} in its own header`);
    }
    if (local.getUint16(8, true) !== entry.method) fail("has two compression methods");
    if ((local.getUint16(6, true) & streamed) === 0) {
      const size = local.getUint32(22, true);
      if (local.getUint32(14, true) !== entry.crc || (size !== overflow32 && size !== length)) {
        fail("has another size or checksum in its own header than in the zip directory");
      }
    }
    const start = header + headerBytes + nameLength + local.getUint16(28, true);
    file.check(start, length, `zip entry ${name}`);
    const limit = this.#limits.get(header)!;
    if (start + length > limit) fail(`reaches to ${start + length}, into what begins at ${limit}`);
    return start;
  }
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
    directory.length === overflow32 ||
    directory.start === overflow32;
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

function readDirectory(
  file: FileBytes,
  budget: Budget,
  directory: Directory,
): ReadonlyMap<string, ZipEntry> {
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
    const nameBytes = bytes.subarray(at + 46, at + 46 + nameLength);
    const name = decoder.decode(nameBytes);
    budget.spend(entryBytes + nameLength);
    if (nameLength > longestName) {
      file.fail(
        position,
        `zip entry ${i} has a name of ${nameLength} bytes; at most ${longestName}`,
      );
    }
    if (entries.has(name)) file.fail(position, `has two zip entries named ${name}`);
    const extra = viewOf(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
    const fields = [at + 24, at + 20, at + 42].map((field) => view.getUint32(field, true));
    const [length, packed, header] = zip64(file, position, fields, extra);
    entries.set(name, {
      name,
      nameBytes,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      length: length!,
      packed: packed!,
      header: header!,
    });
    at = next;
  }
  return entries;
}

// Values of 2^32 - 1 mean: look in the zip64 extra field, which holds only those that overflowed,
// in this order.
function zip64(
  file: FileBytes,
  position: number,
  fields: readonly number[],
  extra: DataView,
): readonly number[] {
  if (!fields.includes(overflow32)) return fields;
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const end = at + 4 + extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) !== 1) {
      at = end;
      continue;
    }
    at += 4;
    return fields.map((value) => {
      if (value !== overflow32) return value;
      if (at + 8 > Math.min(end, extra.byteLength)) file.fail(position, "zip64 field is too short");
      at += 8;
      return Number(extra.getBigUint64(at - 8, true));
    });
  }
  return file.fail(position, "zip entry of more than 4 GB without a zip64 field");
}

// An entry ends before the next one begins, and the last one before the directory.
function limitsOf(
  file: FileBytes,
  entries: ReadonlyMap<string, ZipEntry>,
  directoryStart: number,
): ReadonlyMap<number, number> {
  const limits = new Map<number, number>();
  let limit = directoryStart;
  const last = [...entries.values()].sort((a, b) => b.header - a.header);
  for (const { name, header, packed } of last) {
    if (header + headerBytes + packed > limit) {
      file.fail(
        header,
        `zip entry ${name} of ${packed} bytes reaches into what begins at ${limit}`,
      );
    }
    limits.set(header, limit);
    limit = header;
  }
  return limits;
}
