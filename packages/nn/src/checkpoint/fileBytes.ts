import { readSync } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { CheckpointError } from "./checkpointError.ts";
import { ReaderThread } from "./readerThread.ts";
import type { ReadBytes } from "./readerWorker.ts";

// One read call takes at most 2^31 - 1 bytes.
const readLimit = 2 ** 30;
// Below, all checksums of a file take less time than the start of a thread.
const leastForThread = 2 ** 26;

/**
 * An open file read at given positions; nothing is cached, so a file of many gigabytes costs no
 * memory.
 */
export class FileBytes {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #thread = new ReaderThread();
  #isOpen = true;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  static async open(path: string): Promise<FileBytes> {
    try {
      // Before it is opened: opening a FIFO waits for a writer.
      if (!(await stat(path)).isFile()) throw notAFile(path);
      const handle = await open(path, "r");
      return new FileBytes(path, (await handle.stat()).size, handle);
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
      throw new CheckpointError(path, undefined, missing ? "no such file" : String(cause));
    }
  }

  fail(offset: number | undefined, detail: string): never {
    throw new CheckpointError(this.path, offset, detail);
  }

  /** Throws unless `length` bytes at `position` lie inside the file. */
  check(position: number, length: number, what: string): void {
    if (
      !Number.isSafeInteger(position) ||
      !Number.isSafeInteger(length) ||
      position < 0 ||
      length < 0 ||
      position + length > this.size
    ) {
      this.fail(
        position,
        `${what} needs ${length} bytes but the file ends at ${this.size}; is it truncated?`,
      );
    }
  }

  /** A few header bytes, synchronously. */
  head(position: number, length: number, what: string): Uint8Array {
    this.check(position, length, what);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const got = readSync(this.#handle.fd, bytes, done, length - done, position + done);
      if (got === 0)
        this.fail(position + done, `${what}: the file became shorter while it was read`);
      done += got;
    }
    return bytes;
  }

  /** Fills `target` from `position`. */
  async readInto(target: Uint8Array, position: number, what: string): Promise<void> {
    this.#checkOpen(position, target.byteLength, what);
    for (let done = 0; done < target.byteLength;) {
      const length = Math.min(readLimit, target.byteLength - done);
      const { bytesRead } = await this.#handle.read(target, done, length, position + done);
      if (bytesRead === 0) {
        this.fail(position + done, `${what}: the file became shorter while it was read`);
      }
      done += bytesRead;
    }
  }

  /** Starts the thread of `readOnThread`; call it where the file's bytes have checksums. */
  startThread(): void {
    if (this.#isOpen && this.size >= leastForThread) this.#thread.start();
  }

  /**
   * Bytes and their CRC-32, read by a thread; `undefined` where it cannot read them, or not yet:
   * use `readInto` then.
   */
  async readOnThread(
    position: number,
    length: number,
    what: string,
  ): Promise<ReadBytes | undefined> {
    this.#checkOpen(position, length, what);
    return this.#thread.read(this.#handle.fd, position, length);
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#thread.end();
    await this.#handle.close();
  }

  #checkOpen(position: number, length: number, what: string): void {
    if (!this.#isOpen) this.fail(undefined, `${what}: the checkpoint was closed before this read`);
    this.check(position, length, what);
  }
}

function notAFile(path: string): CheckpointError {
  return new CheckpointError(path, undefined, "is not a file; name the checkpoint inside it");
}
