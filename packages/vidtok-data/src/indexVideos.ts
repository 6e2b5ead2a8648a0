import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { csvLine } from "./csv.ts";
import { readFrames } from "./frames.ts";
import { partialFile, writeError } from "./partialFile.ts";
import { probeVideo } from "./probe.ts";
import { mostDecoders, turns } from "./turns.ts";
import { VideoError } from "./videoError.ts";
import { videosBelow } from "./videoFolder.ts";

/** Where an index goes, and who hears how far it is. */
export interface IndexOptions {
  /** The csv file; default: `videos.csv` in the folder. */
  readonly out?: string | undefined;
  /** Hears how many of all videos have been looked at. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends it; a file that was there stays as it is. */
  readonly signal?: AbortSignal | undefined;
}

/** An index that has been written. */
export interface VideoIndex {
  /** The csv file. */
  readonly file: string;
  /** Videos in it, as paths relative to the folder. */
  readonly videos: readonly string[];
  /** Videos left out, in order, and why. */
  readonly leftOut: readonly { readonly video: string; readonly reason: string }[];
  /** A line for each kind of files that were not looked at, and for an unusual encoding. */
  readonly notes: readonly string[];
}

/**
 * Writes the csv file of all videos below a folder that can be read, sorted, for `meta_path` of a
 * `VidTokDataset` with this folder as `data_dir`. Of each video the packets are listed and one
 * frame is decoded. The file is ISO-8859-1, or UTF-8 with a mark where a name needs it.
 */
export async function indexVideos(dir: string, options: IndexOptions = {}): Promise<VideoIndex> {
  const { out = join(dir, "videos.csv"), onProgress, signal } = options;
  const { videos: found, problems } = videosBelow("index", dir);
  if (found.length === 0) {
    throw new VideoError(`index: no videos below ${dir}`, problems.join("\n"));
  }
  checkIsNoVideo(dir, found, out);
  const file = partialFile("index", out);
  try {
    const inTurn = turns(mostDecoders);
    let done = 0;
    const reasons = await Promise.all(
      found.map((video) =>
        inTurn(async () => {
          const reason = await whyNot(dir, video, signal);
          onProgress?.(++done, found.length);
          return reason;
        }),
      ),
    );
    const names = found.map((video) => video.replaceAll(sep, "/"));
    const videos = names.filter((_, i) => reasons[i] === undefined);
    const leftOut = names.flatMap((video, i) =>
      reasons[i] === undefined ? [] : [{ video, reason: reasons[i] }],
    );
    if (videos.length === 0) {
      const all = leftOut.map(({ reason }) => reason);
      throw new VideoError(
        `index: none of the ${found.length} videos below ${dir} can be used: ${all[0]}`,
        all.join("\n"),
      );
    }
    const text = [["videos"], ...videos.map((video) => [video])].map(csvLine).join("");
    const foreign = videos.find((video) => !isLatin1(video));
    const bytes = Buffer.from(
      foreign === undefined ? text : mark + text,
      foreign === undefined ? "latin1" : "utf8",
    );
    await writeFile(file.path, bytes).catch((error: unknown) => {
      throw writeError("index", out, error);
    });
    await file.commit();
    const notes = [...problems, ...(foreign === undefined ? [] : [encodingNote(foreign)])];
    return { file: out, videos, leftOut, notes };
  } catch (error) {
    file.discard();
    throw error;
  }
}

const mark = "\ufeff";

function isLatin1(text: string): boolean {
  return /^[\0-\xff]*$/.test(text);
}

function encodingNote(name: string): string {
  return `index: written as UTF-8 with a mark, which the Python reference does not read: ISO-8859-1 has not all of "${name}"`;
}

/** Refuses to replace one of the listed videos, whatever its name is spelled like. */
function checkIsNoVideo(dir: string, videos: readonly string[], out: string): void {
  const target = statSync(out, { bigint: true, throwIfNoEntry: false });
  if (target === undefined) return;
  const isTarget = (video: string): boolean => {
    const stats = statSync(join(dir, video), { bigint: true, throwIfNoEntry: false });
    return stats?.dev === target.dev && stats.ino === target.ino;
  };
  const same = videos.find(isTarget);
  if (same === undefined) return;
  throw new VideoError(
    `index: ${out} is the video ${join(dir, same)}; give the csv file a name of its own`,
  );
}

/** Why a video cannot be in an index, or undefined. */
async function whyNot(dir: string, video: string, signal?: AbortSignal) {
  const path = join(dir, video);
  signal?.throwIfAborted();
  try {
    const info = await probeVideo(path, signal);
    await readFrames(path, [0], { info, signal, size: { width: 16, height: 16 } });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof VideoError) return error.message;
    throw error;
  }
}
