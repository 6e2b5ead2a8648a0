import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

/** Writes a text file aside, brings it to disk and renames it to `path`. */
export function replaceFile(path: string, text: string): void {
  const aside = `${path}.${process.pid}.part`;
  try {
    const file = openSync(aside, "w");
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}
