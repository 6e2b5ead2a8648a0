import { closeSync, fsyncSync, linkSync, openSync, writeFileSync } from "node:fs";
import { fileError } from "./fileError.ts";
import { createPartialFile } from "./partialFile.ts";
import { behindLinks } from "./target.ts";

// Answers of file systems that have no hard links.
const unsupported = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK"]);

/**
 * Creates the file `path` with all of `content` at once, so that nobody sees an empty one; false
 * where there is a file already. Throws a `FileError` where `path` cannot be written.
 */
export function createFile(path: string, content: string): boolean {
  const partial = createPartialFile(path);
  try {
    const file = openSync(partial.path, "r+");
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      // Unlike a rename, a link never replaces a file.
      linkSync(partial.path, behindLinks(path));
    } catch (error) {
      if (!unsupported.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      writeFileSync(path, content, { flag: "wx" });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw fileError(path, error);
  } finally {
    partial.discard();
  }
}
