import { closeSync, fchmodSync, fchownSync, fstatSync, openSync, rmSync } from "node:fs";
import type { Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileError } from "./fileError.ts";
import { removeLeftovers } from "./leftovers.ts";
import { onExit } from "./onExit.ts";
import { placeFile } from "./placeFile.ts";
import { partialName } from "./partialName.ts";
import { ownMark } from "./processMark.ts";
import { inspectTarget } from "./target.ts";
import type { Target } from "./target.ts";

/**
 * A file being written beside its final place; gone unless committed, also when the process ends.
 */
export interface PartialFile {
  /** Where to write: an empty file in the folder of the final one. */
  readonly path: string;
  /** Brings what was written to disk and then to its final place in one step. */
  commit(): Promise<void>;
  /** Deletes what was written; after `commit` it does nothing. */
  discard(): void;
}

let count = 0;

/**
 * Prepares to replace the file `path` as a whole or not at all, with the permissions of the one
 * that is there. Files that ended processes had begun to write for it are removed. Throws a
 * `FileError` where `path` cannot be written.
 */
export function createPartialFile(path: string): PartialFile {
  const target = inspectTarget(path);
  removeLeftovers(target.path);
  let partial: string;
  try {
    partial = createEmpty(target);
  } catch (error) {
    throw fileError(path, error);
  }
  const remove = (): void => {
    try {
      rmSync(partial, { force: true });
    } catch {
      // The next run that writes the same file removes it, and what failed before is worth more.
    }
  };
  const forget = onExit(remove);
  const discard = (): void => {
    forget();
    remove();
  };
  let isDone = false;
  return {
    path: partial,
    async commit() {
      isDone = true;
      try {
        await placeFile(partial, path);
      } catch (error) {
        discard();
        throw error;
      }
      forget();
    },
    discard() {
      if (!isDone) discard();
      isDone = true;
    },
  };
}

function createEmpty({ path, existing }: Target): string {
  const mark = ownMark();
  const mode = existing === undefined ? 0o666 : existing.mode & 0o777;
  for (;;) {
    const partial = join(dirname(path), partialName(basename(path), mark, count++));
    try {
      const file = openSync(partial, "wx", mode);
      try {
        if (existing) keepOwnerAndMode(file, existing);
      } finally {
        closeSync(file);
      }
      return partial;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        rmSync(partial, { force: true });
        throw error;
      }
    }
  }
}

function keepOwnerAndMode(file: number, { uid, gid, mode }: Stats): void {
  const own = fstatSync(file);
  // Only root may give a file away, and only root has replaced somebody else's.
  if ((own.uid !== uid || own.gid !== gid) && process.geteuid?.() === 0) {
    fchownSync(file, uid, gid);
  }
  if ((own.mode & 0o777) !== (mode & 0o777)) fchmodSync(file, mode & 0o777);
}
