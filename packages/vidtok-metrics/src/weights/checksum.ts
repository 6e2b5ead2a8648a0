import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Checksum, WeightFile } from "./weightFiles.ts";

/** What is wrong with the bytes of a file, or undefined where nothing is known to be. */
export async function mismatch(
  path: string,
  { checksum }: WeightFile,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (checksum === undefined) return undefined;
  const found = await digest(path, checksum.algorithm, signal);
  if (found.startsWith(checksum.digits)) return undefined;
  const shown = found.slice(0, checksum.digits.length);
  return `${checksum.algorithm} is ${shown} and not ${checksum.digits}`;
}

/** The digest of a file in hexadecimal digits; the file is read in pieces. */
export async function digest(
  path: string,
  algorithm: Checksum["algorithm"],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
