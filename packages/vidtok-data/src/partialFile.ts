import { createPartialFile, FileError, fileError } from "@vidtok/files";
import type { PartialFile } from "@vidtok/files";
import { VideoError } from "./videoError.ts";

/**
 * Prepares to write `path` as a whole or not at all; its errors are a `VideoError` that begins with
 * `op`.
 */
export function partialFile(op: string, path: string): PartialFile {
  try {
    const file = createPartialFile(path);
    return {
      ...file,
      async commit() {
        await file.commit().catch((error: unknown) => {
          throw writeError(op, path, error);
        });
      },
    };
  } catch (error) {
    throw writeError(op, path, error);
  }
}

/**
 * A failed system call on the output `path` as a `VideoError`; any other error is returned as it
 * is.
 */
export function writeError(op: string, path: string, cause: unknown): unknown {
  const error = fileError(path, cause);
  return error instanceof FileError ? new VideoError(`${op}: ${error.message}`) : error;
}
