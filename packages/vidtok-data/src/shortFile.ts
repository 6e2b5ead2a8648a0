import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** Reads up to `bytes` bytes of a file from an offset. */
type Read = (from: number, bytes: number) => Promise<Buffer>;

/** Whether a file of `size` bytes is too short, for one kind of container. */
type Check = (read: Read, size: number, head: Buffer) => boolean | Promise<boolean>;

const checks: readonly { readonly is: (head: Buffer) => boolean; readonly check: Check }[] = [
  { is: (head) => head.toString("latin1", 0, 4) === "RIFF", check: riff },
  { is: (head) => head.toString("latin1", 4, 8) === "ftyp", check: mp4 },
  { is: (head) => head.toString("hex", 0, 4) === "1a45dfa3", check: matroska },
  { is: (head) => head.toString("latin1", 0, 3) === "FLV", check: flashVideo },
  { is: (head) => head.toString("hex", 0, 4) === "3026b275", check: asf },
  { is: (head) => head.toString("latin1", 0, 4) === "OggS", check: ogg },
  { is: (head) => head.toString("latin1", 0, 4) === "GIF8", check: gif },
  { is: (head) => transportPacket(head) !== undefined, check: transportStream },
];

/**
 * Whether a file has fewer bytes than its container needs, as far as its structure shows. A cut
 * between two frames leaves no other sign.
 */
export async function isShortFile(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read: Read = (from, bytes) => readBytes(file, from, bytes);
    const head = await read(0, 4096);
    if (head.length < 512) return false;
    const kind = checks.find(({ is }) => is(head));
    return kind !== undefined && (await kind.check(read, size, head));
  } finally {
    await file.close();
  }
}

function riff(_: Read, size: number, head: Buffer): boolean {
  return head.readUInt32LE(4) + 8 > size;
}

const boxes = new Set(["ftyp", "moov", "mdat", "moof", "free", "skip", "sidx", "mfra", "styp"]);

async function mp4(read: Read, size: number): Promise<boolean> {
  for (let at = 0; at < size;) {
    const header = await read(at, 16);
    // Bytes behind the last box are no matter.
    if (header.length < 8 || !boxes.has(header.toString("latin1", 4, 8))) return false;
    const short = header.readUInt32BE(0);
    if (short === 0) return false;
    if (short === 1 && header.length < 16) return true;
    const length = short === 1 ? Number(header.readBigUInt64BE(8)) : short;
    if (length < 8) return false;
    at += length;
    if (at > size) return true;
  }
  return false;
}

function matroska(_: Read, size: number, head: Buffer): boolean {
  const preamble = element(head, 0);
  const segment = preamble && element(head, preamble.end);
  return segment?.id === "18538067" && segment.end > size;
}

/** The EBML element at an offset; undefined where its size is unknown, as in a live stream. */
function element(
  head: Buffer,
  at: number,
): { readonly id: string; readonly end: number } | undefined {
  // Both elements have identifiers of 4 bytes.
  const first = head[at + 4] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || at + 4 + length > head.length) return undefined;
  const bits = 7 * length;
  const all = BigInt(`0x${head.toString("hex", at + 4, at + 4 + length)}`);
  const size = all & ((1n << BigInt(bits)) - 1n);
  if (size === (1n << BigInt(bits)) - 1n) return undefined;
  return { id: head.toString("hex", at, at + 4), end: at + 4 + length + Number(size) };
}

/** Behind each tag stands its size. */
async function flashVideo(read: Read, size: number): Promise<boolean> {
  const tag = (await read(size - 4, 4)).readUInt32BE(0);
  if (tag < 11 || tag > size - 13) return true;
  const header = await read(size - 4 - tag, 4);
  return header.readUIntBE(1, 3) !== tag - 11;
}

function asf(_: Read, size: number, head: Buffer): boolean {
  const properties = head.indexOf(Buffer.from("a1dcab8c47a9cf118ee400c00c205365", "hex"));
  return properties >= 0 && properties + 48 <= head.length
    ? Number(head.readBigUInt64LE(properties + 40)) > size
    : false;
}

// A page is at most 65,307 bytes long.
const longestPage = 65_536;
const lastPageFlag = 4;

async function ogg(read: Read, size: number): Promise<boolean> {
  const tail = await read(Math.max(0, size - longestPage), longestPage);
  const page = tail.lastIndexOf("OggS");
  return page < 0 || ((tail[page + 5] ?? 0) & lastPageFlag) === 0;
}

async function gif(read: Read, size: number): Promise<boolean> {
  return !(await read(size - 1, 1)).equals(Buffer.of(0x3b));
}

function transportStream(_: Read, size: number, head: Buffer): boolean {
  return size % (transportPacket(head) ?? 1) !== 0;
}

/** The packet size: plain, after a time code of 4 bytes, or with a checksum. */
function transportPacket(head: Buffer): number | undefined {
  const kinds = [
    [188, 0],
    [192, 4],
    [204, 0],
  ] as const;
  return kinds.find(([bytes, at]) => head[at] === 0x47 && head[at + bytes] === 0x47)?.[0];
}

async function readBytes(file: FileHandle, from: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, from);
  return buffer.subarray(0, bytesRead);
}
