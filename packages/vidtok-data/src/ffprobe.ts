import { ffprobePath } from "./binaries.ts";
import { startChild } from "./child.ts";
import { inputArguments } from "./inputFile.ts";
import { isPlaylistDemuxer, playlistProblem } from "./playlist.ts";
import { VideoError } from "./videoError.ts";

/** One section of ffprobe's answer: `packet`, `stream` or `format` with its named values. */
export interface Section {
  readonly kind: string;
  readonly fields: Fields;
}

/** Values by ffprobe's names. */
export type Fields = ReadonlyMap<string, string>;

/** Asks ffprobe about a file (`show` as its option `-show_entries` takes it), section by section. */
export async function* ffprobe(
  path: string,
  show: string,
  options: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Section> {
  const format = ["-v", "error", "-of", "compact", "-show_entries", show];
  const child = startChild(ffprobePath(), [...format, ...options, ...inputArguments(path)], signal);
  child.stdin.end();
  child.stdout.setEncoding("utf8");
  let rest = "";
  try {
    for await (const text of child.stdout) {
      rest += String(text);
      const end = rest.lastIndexOf("\n");
      for (const line of rest.slice(0, Math.max(0, end)).split("\n")) yield section(line);
      rest = rest.slice(end + 1);
    }
    const { code, stderr } = await child.ended;
    signal?.throwIfAborted();
    if (code !== 0) throw new VideoError(`video: ${path} ${reason(stderr)}`, stderr);
  } finally {
    child.kill();
  }
}

/** A value as a number; NaN where ffprobe has none. */
export function number(fields: Fields, name: string): number {
  return Number(fields.get(name) ?? NaN);
}

/** A value such as "30000/1001" as a number; 0 where ffprobe has none. */
export function ratio(fields: Fields, name: string): number {
  const [numerator, denominator = "1"] = (fields.get(name) ?? "").split("/");
  const value = Number(numerator) / Number(denominator);
  return Number.isFinite(value) ? value : 0;
}

function section(line: string): Section {
  const [kind = "", ...pairs] = line.trimEnd().split("|");
  const fields = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    fields.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return { kind, fields };
}

function reason(stderr: string): string {
  const refused = /\[(\S+) @ \S+\] Format not on whitelist/.exec(stderr)?.[1];
  if (refused !== undefined) return refusal(refused);
  if (stderr.includes("moov atom not found")) {
    return "is not a whole mp4 file: its index (moov atom) is missing";
  }
  if (stderr.includes("Permission denied")) return "cannot be opened (EACCES)";
  if (stderr.includes("Invalid data found")) return "is not a video that ffmpeg can read";
  return `cannot be read: ${stderr.split("\n").at(-1) || "ffprobe was killed"}`;
}

function refusal(demuxer: string): string {
  if (isPlaylistDemuxer(demuxer)) return playlistProblem(demuxer);
  // How ffmpeg plays a text file.
  if (demuxer === "tty") return "is a text file";
  return `is of a kind that is not read ("${demuxer}" in ffmpeg); convert it to mp4`;
}
