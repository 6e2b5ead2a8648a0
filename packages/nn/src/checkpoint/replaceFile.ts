import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { CheckpointError } from "./checkpointError.ts";

const fullDisk = new Set(["ENOSPC", "EDQUOT"]);

/** Writes a file aside, syncs it and renames it to `path`; when `write` fails, nothing is left behind. */
export async function replaceFile(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const aside = `${path}.${process.pid}-${Date.now().toString(36)}.part`;
  try {
    const handle = await open(aside, "wx");
    try {
      await write(handle)
        .then(() => handle.sync())
        .finally(() => handle.close());
      await rename(aside, path);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  } catch (cause) {
    if (!fullDisk.has((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
    throw new CheckpointError(
      path,
      undefined,
      "the disk is full; what was there before is unchanged. Free some space and write it again",
      { cause },
    );
  }
  // The rename is durable once the folder is synced.
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
}
