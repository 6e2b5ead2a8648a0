// Reads runs of an open file and computes their checksums, on a thread of its own.
import { readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { checksum } from "./zipRecords.ts";

/** Bytes to read from the file of descriptor `fd`. */
export interface ReadRequest {
  readonly id: number;
  readonly fd: number;
  readonly position: number;
  readonly length: number;
}

/** The bytes of a request and their CRC-32; `undefined` where they cannot be read. */
export interface ReadAnswer {
  readonly id: number;
  readonly read: ReadBytes | undefined;
}

/** A run of a file's bytes and its CRC-32. */
export interface ReadBytes {
  readonly buffer: ArrayBuffer;
  readonly crc: number;
}

// Bytes are still in the processor's cache when their checksum is computed.
const chunkBytes = 2 ** 18;

function readRun({ fd, position, length }: ReadRequest): ReadBytes | undefined {
  const bytes = new Uint8Array(length);
  let crc = 0;
  for (let done = 0; done < length;) {
    const got = readSync(fd, bytes, done, Math.min(chunkBytes, length - done), position + done);
    if (got === 0) return undefined;
    crc = checksum(bytes.subarray(done, done + got), crc);
    done += got;
  }
  return { buffer: bytes.buffer, crc };
}

function tryRun(request: ReadRequest): ReadBytes | undefined {
  try {
    return readRun(request);
  } catch {
    // The thread that asked reads again, and reports why that fails.
    return undefined;
  }
}

parentPort?.on("message", (request: ReadRequest) => {
  const read = tryRun(request);
  const answer: ReadAnswer = { id: request.id, read };
  parentPort!.postMessage(answer, read ? [read.buffer] : []);
});
