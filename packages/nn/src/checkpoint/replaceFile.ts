import * as files from "@vidtok/files";
import type { Append } from "@vidtok/files";
import { CheckpointError } from "./checkpointError.ts";

/**
 * Writes a file aside, syncs it and renames it to `path`; when `write` fails, nothing is left
 * behind. A `path` that cannot be written is a `CheckpointError`.
 */
export async function replaceFile(
  path: string,
  write: (append: Append) => Promise<void>,
): Promise<void> {
  try {
    await files.replaceFile(path, write);
  } catch (cause) {
    if (!(cause instanceof files.FileError)) throw cause;
    throw new CheckpointError(path, undefined, cause.detail, { cause });
  }
}
