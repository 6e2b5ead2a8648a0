import { statSync } from "node:fs";

/** The largest picture that is decoded, in pixels: 8192x8192, which holds 8K video. */
export const mostPixels = 2 ** 26;

/**
 * The largest single allocation of ffmpeg and ffprobe: a picture of `mostPixels` at 8 bytes each.
 */
export const largestAllocation = 2 ** 29;

const gibibyte = 2 ** 30;

/**
 * The memory a program may use that reads a file, in bytes. A decoder holds up to 16 reference
 * frames and one frame a thread, of up to 8 bytes a pixel; a demuxer's index grows with the file.
 */
export function memoryFor(path: string, pixels = 0): number {
  return gibibyte + 256 * pixels + 2 * sizeOf(path);
}

/** How many packets and frames a file may announce: fewer than 8 bytes each is no real file. */
export function mostPackets(path: string): number {
  return 4096 + sizeOf(path) / 8;
}

/**
 * Seconds a program may take to write something about a file. A decoder writes nothing until the
 * first wanted frame, so the file's size counts, at 10 kB/s.
 */
export function patienceWith(path: string): number {
  return 60 + sizeOf(path) / 10_000;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
