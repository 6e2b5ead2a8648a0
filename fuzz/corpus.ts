import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

/** Files that a target went wrong on once, and others worth beginning with. */
export function corpusOf(target: string): readonly { name: string; bytes: Uint8Array }[] {
  const folder = join(root, "fuzz/corpus", target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}
