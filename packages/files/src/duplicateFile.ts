import { copyFile, link, rm } from "node:fs/promises";
import { fileError } from "./fileError.ts";
import { createPartialFile } from "./partialFile.ts";

/**
 * Gives a file a second name in place of the file `to`: the same bytes, or a copy where the file
 * system has no hard links.
 */
export async function duplicateFile(from: string, to: string): Promise<void> {
  const partial = createPartialFile(to);
  try {
    // A link needs a free name.
    await rm(partial.path);
    await link(from, partial.path).catch(() => copyFile(from, partial.path));
    await partial.commit();
  } catch (error) {
    partial.discard();
    throw fileError(to, error);
  }
}
