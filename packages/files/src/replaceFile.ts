import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { fileError } from "./fileError.ts";
import { createPartialFile } from "./partialFile.ts";

/** Appends all of `bytes` to the file being written. */
export type Append = (bytes: Uint8Array) => Promise<void>;

// One write call takes at most 2^31 - 1 bytes.
const MOST_BYTES = 2 ** 30;

/**
 * Replaces the file `path` as a whole or not at all: the content goes to a file aside, to disk and
 * then to its name. Rejects with a `FileError` where `path` cannot be written, and with whatever
 * `write` rejects with; the old file is unchanged then.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array | ((append: Append) => Promise<void>),
): Promise<void> {
  const partial = createPartialFile(path);
  try {
    const handle = await attempt(path, () => open(partial.path, "r+"));
    try {
      const append: Append = (bytes) => attempt(path, () => appendAll(handle, bytes));
      if (typeof content === "function") await content(append);
      else await append(typeof content === "string" ? Buffer.from(content) : content);
    } finally {
      // Some file systems report a full disk only now.
      await attempt(path, () => handle.close());
    }
    await partial.commit();
  } catch (error) {
    partial.discard();
    throw error;
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(path, error);
  }
}

async function appendAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(MOST_BYTES, bytes.length - done);
    done += (await handle.write(bytes, done, length)).bytesWritten;
  }
}
