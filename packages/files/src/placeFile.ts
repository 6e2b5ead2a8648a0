import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { FileError, fileError } from "./fileError.ts";
import { inspectTarget } from "./target.ts";
import { toDisk } from "./toDisk.ts";

// Answers of file systems and platforms that cannot sync a folder.
const cannotSync = new Set(["EINVAL", "ENOTSUP", "EISDIR", "EPERM", "EACCES"]);

/**
 * Brings the finished file `from` to disk and then to its name `path` in one step, in place of the
 * file that is there. Rejects with a `FileError` where that cannot be; `from` stays then.
 */
export async function placeFile(from: string, path: string): Promise<void> {
  try {
    await sync(from, "r+");
    const target = inspectTarget(path);
    await rename(from, target.path);
    await syncFolder(path, dirname(target.path));
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Makes the rename of `path` outlive a power failure. */
async function syncFolder(path: string, folder: string): Promise<void> {
  try {
    await sync(folder, "r");
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (cannotSync.has(code)) return;
    throw new FileError(path, `is written, but its folder cannot be brought to disk (${code})`, {
      ...{ cause, code },
    });
  }
}

async function sync(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await toDisk(file);
  } finally {
    await file.close();
  }
}
