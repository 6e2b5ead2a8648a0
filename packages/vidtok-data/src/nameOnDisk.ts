import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { comparableName } from "./videoNames.ts";

/**
 * The path under which a file is on disk: the given one, or one whose names differ only in how
 * accents are encoded (NFC or NFD). A path that leads to nothing either way is returned as it is.
 */
export function nameOnDisk(path: string): string {
  // Only what is not ASCII has two forms.
  if (/^[\0-\x7f]*$/.test(path) || existsSync(path)) return path;
  const parent = dirname(path);
  if (parent === path) return path;
  const folder = nameOnDisk(parent);
  const wanted = comparableName(basename(path));
  try {
    const found = readdirSync(folder).find((name) => comparableName(name) === wanted);
    return found === undefined ? path : join(folder, found);
  } catch {
    return path;
  }
}
