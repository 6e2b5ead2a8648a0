import { mostPixels } from "./limits.ts";
import { isPlaylistDemuxer, playlistProblem } from "./playlist.ts";

/** What is wrong with a file by what ffmpeg or ffprobe wrote to stderr, or undefined. */
export function complaint(stderr: string): string | undefined {
  const demuxer = /\[(\S+) @ \S+\] Format not on whitelist/.exec(stderr)?.[1];
  if (demuxer !== undefined) return refusal(demuxer);
  const bound = boundProblem(stderr);
  if (bound !== undefined) return bound;
  if (stderr.includes("moov atom not found")) {
    return "is not a whole mp4 file: its index (moov atom) is missing";
  }
  if (stderr.includes("Permission denied")) return "cannot be opened (EACCES)";
  if (stderr.includes("Invalid data found")) return "is not a video that ffmpeg can read";
  return undefined;
}

/** What is wrong with a picture size, or undefined. */
export function sizeProblem(width: number, height: number): string | undefined {
  if (!(width * height > mostPixels)) return undefined;
  return `is ${width}x${height} pixels; at most ${mostPixels} (8192x8192) are read`;
}

/**
 * What ran into a bound by what ffmpeg or ffprobe wrote to stderr, a picture or memory, or
 * undefined.
 */
export function boundProblem(stderr: string): string | undefined {
  const [, width, height] = /Picture size (\d+)x(\d+) (?:is invalid|exceeds)/.exec(stderr) ?? [];
  const size = sizeProblem(Number(width), Number(height));
  if (size !== undefined) return size;
  const isMemory = /Cannot allocate memory|[Ff]ailed to allocate/.test(stderr);
  return isMemory ? "needs more memory than any video of its size should" : undefined;
}

function refusal(demuxer: string): string {
  if (isPlaylistDemuxer(demuxer)) return playlistProblem(demuxer);
  // How ffmpeg plays a text file.
  if (demuxer === "tty") return "is a text file";
  return `is of a kind that is not read ("${demuxer}" in ffmpeg); convert it to mp4`;
}
