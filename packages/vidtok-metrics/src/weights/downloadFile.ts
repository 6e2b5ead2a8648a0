import { mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { toDisk } from "@vidtok/files";
import type { Dispatcher } from "undici";
import { WeightsError } from "../weightsError.ts";
import { checkAnswer, isPage, rangeOf, versionOf } from "./answer.ts";
import { digest, mismatch } from "./checksum.ts";
import { PartialFile } from "./partialFile.ts";
import { storeChecksum, storedChecksum } from "./storedChecksum.ts";
import type { WeightFile } from "./weightFiles.ts";

/** Options of `downloadFile`. */
export interface DownloadOptions {
  /** Ends the download; what has come is kept and the next one goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes of `file` so far, and of all where the server says how many. */
  readonly onProgress?: (file: WeightFile, received: number, total: number | undefined) => void;
}

/**
 * Fetches a file into a folder and returns its path: under its name only when it is whole and has its checksum, else as `NAME.part`, from
 * which the next call goes on. `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are honoured. Rejects with a `WeightsError` that says what to do.
 */
export async function downloadFile(
  file: WeightFile,
  folder: string,
  options: DownloadOptions = {},
): Promise<string> {
  const path = join(folder, file.name);
  const part = new PartialFile(path);
  // Loaded here, so that who only measures never loads it.
  const { EnvHttpProxyAgent } = await import("undici");
  const dispatcher = proxied(() => new EnvHttpProxyAgent());
  try {
    await mkdir(folder, { recursive: true });
    await transferAll({ file, folder, path, part, dispatcher, ...options });
    const wrong = await problemOf(part, file, path, options.signal);
    if (wrong !== undefined) {
      const bytes = await part.size();
      await part.remove();
      throw new WeightsError(
        `download: ${file.name}: ${wrong} the ${bytes} bytes from ${file.url}; find the file elsewhere and save it as ${path}`,
      );
    }
    await part.complete();
    if (file.checksum === undefined) await storeChecksum(path, options.signal);
    return path;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explained(error, file, folder);
  } finally {
    await dispatcher.destroy();
  }
}

/** What is wrong with a complete download, up to "the 5 bytes from …", or undefined. */
async function problemOf(
  part: PartialFile,
  file: WeightFile,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (isPage(await part.head())) return "it is a web page and not the file:";
  const stored = file.checksum === undefined ? await storedChecksum(path) : undefined;
  if (stored === undefined) {
    const wrong = await mismatch(part.path, file, signal);
    return wrong && `${wrong} for`;
  }
  const found = await digest(part.path, "sha256", signal);
  if (found === stored) return undefined;
  return `sha256 is ${found} and not ${stored}, as at its first use, for`;
}

function proxied(make: () => Dispatcher): Dispatcher {
  try {
    return make();
  } catch (error) {
    throw new WeightsError(
      "download: HTTP_PROXY or HTTPS_PROXY is no URL such as http://proxy.example:3128",
      { cause: error },
    );
  }
}

interface Transfer extends DownloadOptions {
  readonly file: WeightFile;
  readonly folder: string;
  readonly path: string;
  readonly part: PartialFile;
  readonly dispatcher: Dispatcher;
}

/** Fetches until all is there; where the connection breaks off, again from there as long as bytes come. */
async function transferAll(transfer: Transfer): Promise<void> {
  const { file, path, part, signal } = transfer;
  for (let reached = await part.size(); ;) {
    try {
      return await transferOnce(transfer);
    } catch (error) {
      if (!isOfNetwork(error) || signal?.aborted) throw error;
      const size = await part.size();
      if (size <= reached) {
        const kept =
          size === 0 ? "" : `; ${size} bytes are kept, and the next try goes on from them`;
        throw new WeightsError(
          `download: ${file.name} from ${new URL(file.url).host} failed: ${reasonOf(error)}${kept}; by hand: save ${file.url} as ${path}`,
        );
      }
      reached = size;
    }
  }
}

async function transferOnce(transfer: Transfer): Promise<void> {
  const { file, part, dispatcher, signal } = transfer;
  const { fetch } = await import("undici");
  const version = await part.version(file.url);
  const size = version === undefined ? 0 : await part.size();
  const rest = version !== undefined &&
    size > 0 && { range: `bytes=${size}-`, "if-range": version };
  const response = await fetch(file.url, {
    dispatcher,
    signal: signal ?? null,
    headers: { "accept-encoding": "identity", ...rest },
  });
  const { from, total } = rangeOf(response);
  if (rest && response.status === 416 && total === size) return;
  const isOther = response.status === 206 && from !== size;
  if (rest && (response.status === 416 || isOther)) {
    // The server has another idea of what is there: without it the whole file is asked for.
    await response.body?.cancel();
    await part.remove();
    return transferOnce(transfer);
  }
  checkAnswer(response, file, transfer.path, rest !== false);
  const handle = from > 0 ? await part.resume() : await part.begin(file.url, versionOf(response));
  try {
    await checkSpace(transfer, (total ?? 0) - from);
    let at = from;
    for await (const chunk of response.body ?? []) {
      const bytes = chunk as Uint8Array;
      await handle.write(bytes, 0, bytes.length, at);
      at += bytes.length;
      transfer.onProgress?.(file, at, total);
    }
    await toDisk(handle);
    const wanted = total ?? file.bytes;
    if (at === 0 || (wanted !== undefined && at !== wanted)) {
      throw new WeightsError(
        `download: ${file.name}: ${file.url} gave ${at} of ${wanted ?? "its"} bytes; run it again to go on`,
      );
    }
  } finally {
    await handle.close();
  }
}

async function checkSpace({ file, folder }: Transfer, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (needed > bavail * bsize)
    throw outOfSpace(file, folder, `${needed} bytes are to come and ${bavail * bsize} are free`);
}

function outOfSpace(file: WeightFile, folder: string, detail: string): WeightsError {
  return new WeightsError(
    `download: ${file.name} does not fit in ${folder}: ${detail}; make room, or name another folder by VIDTOK_CACHE`,
  );
}

function explained(error: unknown, file: WeightFile, folder: string): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "ENOSPC") return outOfSpace(file, folder, "the disk is full");
  return new WeightsError(
    `download: ${file.name} cannot be written in ${folder}: ${error.message}`,
  );
}

// fetch rejects with a TypeError whose cause is what happened.
function isOfNetwork(error: unknown): error is TypeError {
  return error instanceof TypeError;
}

function reasonOf(error: Error): string {
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error.message || ("code" in error ? String(error.code) : error.name);
}
