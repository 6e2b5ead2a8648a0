import { accessSync, constants, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { FileError, fileError } from "./fileError.ts";

/** A file that may be written: a regular file, or a name that is free. */
export interface Target {
  /** The path behind all symbolic links; its folder exists. */
  readonly path: string;
  /** The file that is replaced; undefined where there is none. */
  readonly existing: Stats | undefined;
}

const MOST_LINKS = 40;

// The folder in which Linux shows the files that a process has open.
const DESCRIPTORS = /^\/proc\/\d+(\/task\/\d+)?\/fd$/;

/**
 * Checks that `path` can be replaced by a regular file. A symbolic link is followed, so the link
 * stays and the file that it names is replaced. Throws a `FileError` for a folder, a device, a
 * FIFO, a socket, a write-protected file or a missing folder.
 */
export function inspectTarget(path: string): Target {
  try {
    return inspect(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/**
 * Says what an existing path is where it is no regular file, such as `a folder`; undefined for one.
 */
export function irregularKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "a folder";
  if (stats.isCharacterDevice()) return "a character device";
  if (stats.isBlockDevice()) return "a block device";
  if (stats.isFIFO()) return "a FIFO";
  return stats.isSocket() ? "a socket" : "no regular file";
}

/**
 * The path behind all symbolic links of `path`, whose last part need not exist; its folder must.
 */
export function behindLinks(path: string): string {
  let found = resolve(path);
  for (let links = 0; links <= MOST_LINKS; links++) {
    const folder = realpathSync(dirname(found));
    // Such as /dev/stdout: the file behind it is open, and what is written there would be lost.
    if (DESCRIPTORS.test(folder)) {
      throw new FileError(path, "is an open file; give the name of another");
    }
    found = join(folder, basename(found));
    if (!lstatSync(found, { throwIfNoEntry: false })?.isSymbolicLink()) return found;
    found = resolve(dirname(found), readlinkSync(found));
  }
  throw Object.assign(new Error("too many symbolic links"), { code: "ELOOP", syscall: "readlink" });
}

function inspect(path: string): Target {
  if (path === "" || /[/\\]$/.test(path)) {
    throw new FileError(path === "" ? '""' : path, "names no file; give the name of one");
  }
  checkFolder(path);
  const existing = statSync(path, { throwIfNoEntry: false });
  const kind = existing && irregularKind(existing);
  if (kind === "a folder") throw new FileError(path, "is a folder; name a file in it");
  if (kind !== undefined) throw new FileError(path, `is ${kind}; give a regular file`);
  const found = behindLinks(path);
  if (existing === undefined) return { path: found, existing };
  // Replacing a file takes rights on its folder only, but a read-only file is not meant to change.
  try {
    accessSync(found, constants.W_OK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EACCES") throw cause;
    throw new FileError(path, "is write-protected; make it writable or give another name", {
      cause,
      code: "EACCES",
    });
  }
  return { path: found, existing };
}

function checkFolder(path: string): void {
  const folder = dirname(path);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new FileError(path, `is in ${folder}, which does not exist; create it first`);
  }
  if (!stats.isDirectory()) throw new FileError(path, `is in ${folder}, which is no folder`);
}
