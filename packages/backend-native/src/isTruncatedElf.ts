import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * Whether an ELF file ends before its section table, which is its last part. Loading such a file
 * kills the process instead of failing. False for all other files.
 */
export function isTruncatedElf(path: string): boolean {
  const header = Buffer.alloc(64);
  const file = openSync(path, "r");
  try {
    const length = readSync(file, header);
    if (header.toString("latin1", 0, 4) !== "\x7fELF") return false;
    if (length < header.length) return true;
    const start = Number(header.readBigUInt64LE(40));
    return start + header.readUInt16LE(58) * header.readUInt16LE(60) > fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}
