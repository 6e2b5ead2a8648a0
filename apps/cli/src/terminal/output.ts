import { fstatSync, writeSync } from "node:fs";
import type { Terminal } from "./io.ts";

type StandardStream = typeof process.stdout | typeof process.stderr;

/** Standard output or standard error, which never throws. */
export interface Output extends Terminal {
  /** Why text was lost; undefined where all of it has been written so far. */
  readonly failure: NodeJS.ErrnoException | undefined;
  /** Resolves once all text has been written or has failed. */
  flushed(): Promise<void>;
}

/**
 * Wraps `process.stdout` or `process.stderr`. After the first failed write (a full disk, a pipe
 * whose reader ended, a closed terminal) text is dropped, so that the work behind it goes on.
 */
export function output(stream: StandardStream): Output {
  let failure: NodeJS.ErrnoException | undefined;
  const fail = (error: NodeJS.ErrnoException): void => void (failure ??= error);
  // A failed write is an event, which would end the process if nobody listened.
  stream.on("error", fail);
  const isFile = isFileOrDevice(stream);
  return {
    get failure() {
      return failure;
    },
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    write(text) {
      if (failure !== undefined) return;
      if (!isFile) return void stream.write(text);
      try {
        writeAll(stream.fd, Buffer.from(text));
      } catch (error) {
        fail(error as NodeJS.ErrnoException);
      }
    },
    flushed: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}

/**
 * Whether Node would write by a stream that drops the rest of a write which a full disk cut short.
 */
function isFileOrDevice({ fd, isTTY }: StandardStream): boolean {
  if (isTTY) return false;
  try {
    // Node keeps the last plain stat, and takes it for that of a path when it resolves symbolic
    // links of modules: after the stat of a pipe, imports from linked packages failed. It keeps
    // bigints apart.
    const stats = fstatSync(fd, { bigint: true });
    return stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice();
  } catch {
    return false;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}
