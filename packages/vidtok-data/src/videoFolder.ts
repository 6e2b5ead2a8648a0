import { readdirSync, statSync } from "node:fs";
import type { BigIntStats, Dirent } from "node:fs";
import { join } from "node:path";
import { VideoError } from "./videoError.ts";
import { isHiddenName, isVideoName } from "./videoNames.ts";

/** The videos below a folder. */
export interface VideoFolder {
  /** Paths relative to the folder, sorted. */
  readonly videos: readonly string[];
  /** A line for each reason why files were left out, with their number. */
  readonly problems: readonly string[];
}

/**
 * The videos below a folder by their extensions. Hidden files and folders and what is no regular
 * file are left out. Links are followed. `op` begins messages; throws a `VideoError` where a folder
 * cannot be listed.
 */
export function videosBelow(op: string, dir: string): VideoFolder {
  const videos: string[] = [];
  const hidden: string[] = [];
  const special: string[] = [];

  const visit = (folder: string, parents: readonly string[]): void => {
    for (const entry of list(op, join(dir, folder))) {
      const name = join(folder, entry.name);
      const found = entry.isSymbolicLink() ? statOf(join(dir, name)) : entry;
      const isFolder = found?.isDirectory() ?? false;
      if (!isFolder && !isVideoName(name)) continue;
      if (isHiddenName(entry.name)) hidden.push(name);
      else if (found?.isFile()) videos.push(name);
      else if (!isFolder) special.push(name);
      else {
        // A link may lead to a folder around it.
        const id = identity(join(dir, name));
        if (!parents.includes(id)) visit(name, [...parents, id]);
      }
    }
  };
  visit("", [identity(dir)]);

  const leftOut = (names: readonly string[], what: string): string[] =>
    names.length === 0
      ? []
      : [`${op}: ${what} below ${dir} left out (${names.length}): ${shown([...names].sort())}`];
  return {
    videos: videos.sort(),
    problems: [
      ...leftOut(hidden, "hidden files or folders"),
      ...leftOut(special, "names of videos that are no regular files"),
    ],
  };
}

function list(op: string, folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new VideoError(
      `${op}: ${folder} cannot be listed (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    // Bigints, because Node takes the last plain stat for that of a path when it resolves modules.
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

function identity(path: string): string {
  const stats = statOf(path);
  return `${stats?.dev}:${stats?.ino}`;
}

function shown(names: readonly string[]): string {
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
}
