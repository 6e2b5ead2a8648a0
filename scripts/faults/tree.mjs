// The files below a folder.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The bytes of each file below a folder, by path. */
export function readTree(folder) {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(folder, name))]));
}

/** Whether a file is one that is written aside. */
export function isAside(name) {
  return /\.partial-\d+|\.part$|\.part\.of$/.test(name);
}
