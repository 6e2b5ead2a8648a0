import { open, stat } from "node:fs/promises";
import { configPath } from "@vidtok/model";

/** What kind of file a path or a shipped config's name leads to. */
export interface FoundFile {
  readonly kind: "config" | "checkpoint" | "video";
  readonly path: string;
}

/**
 * Tells configs by their names and checkpoints by their first bytes; the rest is taken for videos.
 */
export async function fileKind(name: string): Promise<FoundFile> {
  if (/\.ya?ml$/i.test(name)) return { kind: "config", path: configPath(name) };
  const head = await firstBytes(name);
  if (head === undefined) return { kind: "config", path: shippedConfig(name) };
  return { kind: isCheckpoint(head) ? "checkpoint" : "video", path: name };
}

function isCheckpoint(head: Uint8Array): boolean {
  const startsWith = (...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);
  const isZip = startsWith(0x50, 0x4b, 0x03, 0x04);
  // Any protocol: 2 to 5.
  const isPickle = startsWith(0x80) && head[1]! >= 2 && head[1]! <= 5;
  // safetensors: the length of a JSON object, then the object.
  return isZip || isPickle || (head[8] === 0x7b && head[6] === 0 && head[7] === 0);
}

async function firstBytes(path: string): Promise<Uint8Array | undefined> {
  let file;
  try {
    // Opening a FIFO waits for a writer; what is no file is refused with the rest of the videos.
    if (!(await stat(path)).isFile()) return new Uint8Array();
    file = await open(path, "r");
    const { bytesRead, buffer } = await file.read(new Uint8Array(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new Error(`info: ${path} cannot be read (${code})`);
  } finally {
    await file?.close();
  }
}

function shippedConfig(name: string): string {
  try {
    return configPath(name);
  } catch {
    throw new Error(`info: ${name} does not exist, and no shipped config has this name`);
  }
}
