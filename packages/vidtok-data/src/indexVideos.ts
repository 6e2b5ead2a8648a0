import { writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { csvLine } from "./csv.ts";
import { readFrames } from "./frames.ts";
import { partialFile } from "./partialFile.ts";
import { probeVideo } from "./probe.ts";
import { mostDecoders, turns } from "./turns.ts";
import { VideoError } from "./videoError.ts";
import { videosBelow } from "./videoList.ts";

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
}

/**
 * Writes the csv file of all videos below a folder that can be read, sorted, for `meta_path` of a
 * `VidTokDataset` with this folder as `data_dir`. Of each video the packets are listed and one
 * frame is decoded.
 */
export async function indexVideos(dir: string, options: IndexOptions = {}): Promise<VideoIndex> {
  const { out = join(dir, "videos.csv"), onProgress, signal } = options;
  const found = videosBelow("index", dir);
  if (found.length === 0) throw new VideoError(`index: no videos below ${dir}`);
  const file = partialFile("index", out);
  const write = async (text: string): Promise<void> => {
    try {
      await writeFile(file.path, text, "latin1");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new VideoError(`index: ${out} cannot be written (${code})`);
    }
  };
  try {
    // Better now than after an hour of reading videos.
    await write("");
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
    const lines = [["videos"], ...videos.map((video) => [video])].map(csvLine);
    await write(lines.join(""));
    await file.commit();
    return { file: out, videos, leftOut };
  } catch (error) {
    file.discard();
    throw error;
  }
}

/** Why a video cannot be in an index, or undefined. */
async function whyNot(dir: string, video: string, signal?: AbortSignal) {
  const path = join(dir, video);
  const foreign = /[^\u0000-\u00ff]/u.exec(video)?.[0];
  if (foreign !== undefined) {
    const code = foreign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    return `video: ${path} has "${foreign}" (U+${code}) in its name, which ISO-8859-1 has not; rename it`;
  }
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
