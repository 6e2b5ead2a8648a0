import { closeSync, openSync, readSync } from "node:fs";
import { stat } from "node:fs/promises";
import { containerWhitelist, pictureDemuxer } from "./containers.ts";
import { largestAllocation, mostPixels } from "./limits.ts";
import { playlistKind, playlistProblem } from "./playlist.ts";
import { VideoError } from "./videoError.ts";

// Holds the header of any playlist, and the acTL chunk that makes a PNG an animation.
const headBytes = 4096;
// ffmpeg takes picture names with these for patterns of file names.
const patternCharacters = /[%*?[\]{}]/;

/**
 * The arguments by which ffmpeg and ffprobe open one file and nothing besides: any name is literal,
 * only the `file` protocol is there, and demuxers that open other files are not. Pictures and
 * single allocations are bounded.
 */
export function inputArguments(path: string): string[] {
  const format = patternCharacters.test(path) ? pictureDemuxer(readHead(path)) : undefined;
  return [
    ...["-protocol_whitelist", "file", "-format_whitelist", containerWhitelist],
    ...["-max_alloc", `${largestAllocation}`, "-max_pixels", `${mostPixels}`],
    ...(format === undefined ? [] : ["-f", format]),
    ...["-i", `file:${path}`],
  ];
}

/** Throws a `VideoError` unless a path leads to a regular file with content that is no playlist. */
export async function checkInputFile(path: string): Promise<void> {
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new VideoError(`video: ${path} does not exist`);
    throw new VideoError(`video: ${path} cannot be opened (${code})`);
  }
  if (found.isDirectory()) throw new VideoError(`video: ${path} is a directory, not a file`);
  if (!found.isFile()) throw new VideoError(`video: ${path} is not a regular file`);
  if (found.size === 0) throw new VideoError(`video: ${path} is empty (0 bytes)`);
  const playlist = playlistKind(readHead(path));
  if (playlist !== undefined) throw new VideoError(`video: ${path} ${playlistProblem(playlist)}`);
}

function readHead(path: string): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const head = new Uint8Array(headBytes);
    return head.subarray(0, readSync(file, head, 0, headBytes, 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new VideoError(`video: ${path} cannot be opened (${code})`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
