import { readFile, rm } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { replaceFile } from "@vidtok/files";
import { WeightsError } from "../weightsError.ts";
import { cacheFolder } from "./cacheFolder.ts";
import { digest } from "./checksum.ts";
import { weightFiles } from "./weightFiles.ts";

/**
 * Where the SHA-256 of a file is kept that has no published one, as `sha256sum --check` reads it.
 */
function checksumFile(path: string): string {
  return `${path}.sha256`;
}

/** The SHA-256 that was stored beside a file, or undefined. */
export async function storedChecksum(path: string): Promise<string | undefined> {
  const text = await readFile(checksumFile(path), "utf8").catch(() => "");
  return /^[0-9a-f]{64}(?=\s)/.exec(text)?.[0];
}

/** Stores the SHA-256 of a file beside it. */
export async function storeChecksum(path: string, signal?: AbortSignal): Promise<void> {
  const digits = await digest(path, "sha256", signal);
  await replaceFile(checksumFile(path), `${digits}  ${basename(path)}\n`);
}

/** Lets the next use of a file store its checksum anew. */
export function forgetChecksum(path: string): Promise<void> {
  return rm(checksumFile(path), { force: true });
}

/**
 * Throws a `WeightsError` when a file differs from what it was at its first use; false where
 * nothing is stored of that. `op` begins the message.
 */
export async function isAsStored(op: string, path: string, signal?: AbortSignal): Promise<boolean> {
  const stored = await storedChecksum(path);
  if (stored === undefined) return false;
  const found = await digest(path, "sha256", signal);
  if (found === stored) return true;
  throw new WeightsError(
    `${op}: ${path} is not the file of its first use: its sha256 is ${found} and not ${stored}, as ` +
      `${checksumFile(path)} has it; fetch it again, or delete that file if the new one is right`,
  );
}

/**
 * Checks a file of weights that is about to be loaded and has no published checksum, as
 * `isAsStored` does. In the cache folder the first use stores its checksum.
 */
export async function checkFirstUse(path: string): Promise<void> {
  const name = basename(path);
  const known = Object.values(weightFiles)
    .flat()
    .find((file) => file.name === name);
  if (known === undefined || known.checksum !== undefined) return;
  if (await isAsStored("weights", path)) return;
  // A cache that several users share may be read-only; a folder of the user's own is left alone.
  const isOurs = resolve(dirname(path)) === resolve(cacheFolder());
  if (isOurs) await storeChecksum(path).catch(() => undefined);
}
