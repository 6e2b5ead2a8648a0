import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { HashedFile } from "./settings.ts";

/** A file with the SHA-256 of its bytes, in hexadecimal digits. */
export async function hashFile(file: string, signal: AbortSignal): Promise<HashedFile> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Buffer);
  }
  return { file, sha256: hash.digest("hex") };
}
