import { fsync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";

const sync = promisify(fsync);

/**
 * Brings a file's bytes to disk. By its descriptor: the handles of Yarn's Plug'n'Play cannot
 * `sync`.
 */
export function toDisk({ fd }: FileHandle): Promise<void> {
  return sync(fd);
}
