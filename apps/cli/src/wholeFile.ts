import { open, rename, rm } from "node:fs/promises";

/** Writes a file as a whole or not at all: aside, to disk, and then to its name. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const aside = `${path}.partial-${process.pid}`;
  try {
    const file = await open(aside, "w");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${path} cannot be written (${code})`, { cause: error });
  }
}
