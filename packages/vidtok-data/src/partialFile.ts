import { rmSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { onExit } from "./onExit.ts";
import { VideoError } from "./videoError.ts";

/** A file being written beside its final place; gone unless committed, also when we are ended. */
export interface PartialFile {
  /** Where to write. */
  readonly path: string;
  /** Brings what was written to disk and then to its final place in one step. */
  commit(): Promise<void>;
  /** Deletes what was written. */
  discard(): void;
}

let made = 0;

/** Prepares to write `path` as a whole or not at all; `op` begins error messages. */
export function partialFile(op: string, path: string): PartialFile {
  const isDirectory = (place: string): boolean =>
    statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isDirectory(path)) throw new VideoError(`${op}: ${path} is a directory`);
  if (!isDirectory(dirname(path))) {
    throw new VideoError(`${op}: the folder of ${path} does not exist; create it first`);
  }
  const partial = `${path}.partial-${process.pid}-${made++}`;
  const remove = (): void => rmSync(partial, { force: true });
  const forget = onExit(remove);
  const discard = (): void => {
    forget();
    remove();
  };
  return {
    path: partial,
    discard,
    async commit() {
      try {
        const file = await open(partial, "r+");
        try {
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(partial, path);
        forget();
      } catch (error) {
        discard();
        throw new VideoError(
          `${op}: ${path} cannot be written (${(error as NodeJS.ErrnoException).code})`,
        );
      }
    },
  };
}
