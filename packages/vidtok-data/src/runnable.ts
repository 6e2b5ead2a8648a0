import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { basename, join } from "node:path";
import { VideoError } from "./videoError.ts";

/**
 * A path at which this user may start a bundled program: the program itself, which packages unpack
 * for its owner alone, or a copy of this user's own.
 */
export function runnable(path: string, variable: string): string {
  if (isExecutable(path)) return path;
  try {
    chmodSync(path, 0o755);
    return path;
  } catch (error) {
    const problems = [String(error)];
    for (const folder of copyFolders()) {
      try {
        return ownCopy(path, folder);
      } catch (problem) {
        problems.push(String(problem));
      }
    }
    throw new VideoError(
      `${path} is not executable and cannot be made so; chmod +x it or set ${variable}`,
      problems.join("\n"),
    );
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where copies go: the cache, or where that cannot be written the folder for temporary files. */
function copyFolders(): readonly string[] {
  const { VIDTOK_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = VIDTOK_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "vidtok");
  return [join(cache, "programs"), join(tmpdir(), `vidtok-programs-${userInfo().uid}`)];
}

function ownCopy(path: string, folder: string): string {
  makePrivate(folder);
  const { size, mtimeMs } = statSync(path);
  const copy = join(folder, `${basename(path)}-${size}-${Math.floor(mtimeMs)}`);
  if (isWhole(copy, size)) return copy;
  const part = `${copy}.${process.pid}.partial`;
  try {
    copyFileSync(path, part, constants.COPYFILE_EXCL);
    chmodSync(part, 0o700);
    renameSync(part, copy);
  } finally {
    rmSync(part, { force: true });
  }
  return copy;
}

/** Makes a folder that no other user may write to, and refuses one that was put there for us. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} is not a folder that only this user may write to`);
  }
}

function isWhole(path: string, size: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size === size && isExecutable(path);
}
