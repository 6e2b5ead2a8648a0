import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a file aside, syncs it and renames it to `path`; when `write` fails, nothing is left behind. */
export async function replaceFile(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const aside = `${path}.${process.pid}-${Date.now().toString(36)}.part`;
  const handle = await open(aside, "wx");
  try {
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  // The rename is durable once the folder is synced.
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
}
