// Computes checksums on a thread of its own.
import { parentPort } from "node:worker_threads";
import { checksum } from "./zipRecords.ts";

/** Bytes to compute a CRC-32 of; the buffer moves to the thread and back. */
export interface ChecksumRequest {
  readonly id: number;
  readonly buffer: ArrayBuffer;
}

/** The CRC-32 of a request's bytes, and its buffer. */
export interface ChecksumAnswer extends ChecksumRequest {
  readonly crc: number;
}

parentPort?.on("message", ({ id, buffer }: ChecksumRequest) => {
  const answer: ChecksumAnswer = { id, buffer, crc: checksum(new Uint8Array(buffer)) };
  parentPort!.postMessage(answer, [buffer]);
});
