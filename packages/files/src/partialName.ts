import { createHash } from "node:crypto";
import type { ProcessMark } from "./processMark.ts";

// The longest name of ext4, XFS, APFS and NTFS; the first two count bytes.
const LONGEST_NAME = 255;
const LONGEST_SUFFIX = 48;

const PARTIAL = /^(.*)\.partial-(\d+)-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)$/s;

/** The name of the `count`-th file that a process writes aside for the file `name`. */
export function partialName(name: string, mark: ProcessMark, count: number): string {
  return `${stem(name)}.partial-${mark.pid}-${mark.machine}-${mark.start}-${count}`;
}

/** The process that wrote a file aside for `name`, or for any file; undefined for other files. */
export function writerOf(partial: string, name?: string): ProcessMark | undefined {
  const [, found, pid, machine, start] = PARTIAL.exec(partial) ?? [];
  if (pid === undefined || machine === undefined || start === undefined) return undefined;
  if (name !== undefined && found !== stem(name)) return undefined;
  return { pid: Number(pid), machine, start };
}

/** `name`, or where the suffix would make it too long, its beginning and a hash of it. */
function stem(name: string): string {
  const room = LONGEST_NAME - LONGEST_SUFFIX;
  if (Buffer.byteLength(name) <= room) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  let begin = name;
  while (Buffer.byteLength(begin) > room - hash.length - 1)
    begin = [...begin].slice(0, -1).join("");
  return `${begin}~${hash}`;
}
