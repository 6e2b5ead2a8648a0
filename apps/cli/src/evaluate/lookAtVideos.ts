import { stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { VideoInfo } from "@vidtok/data";
import { longClip, probeVideo, strideFrames, VideoError } from "@vidtok/data";
import { damageNote } from "../terminal/noteDamage.ts";

/** A video that can be evaluated, as far as its file tells before it is decoded. */
export interface ListedVideo {
  /** The path below the folder of the videos. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When the file was changed last, in milliseconds since 1970. */
  readonly modified: number;
  /** Frames to take of it. */
  readonly frames: number;
}

/** A video that cannot be evaluated. */
export interface BrokenVideo {
  readonly name: string;
  readonly reason: string;
}

/** What there is to evaluate, and what is in the way. */
export interface LookedAt {
  readonly videos: readonly ListedVideo[];
  readonly broken: readonly BrokenVideo[];
  /** A line for each video of which a part is missing. */
  readonly notes: readonly string[];
}

/** How videos are looked at. */
export interface LookOptions {
  readonly dataDir: string;
  readonly sampleFps: number;
  /** Frames of a chunk where each video is one long clip; else undefined. */
  readonly longChunk?: number | undefined;
  /** Why the tokenizer cannot take a video; undefined where it can. */
  readonly refuse?: (info: VideoInfo) => string | undefined;
  readonly signal: AbortSignal;
  readonly onVideo: (done: number) => void;
}

/** Lists the frames of videos, of each as few facts as can be kept for any number of them. */
export async function lookAtVideos(
  paths: readonly string[],
  { dataDir, sampleFps, longChunk, refuse, signal, onVideo }: LookOptions,
): Promise<LookedAt> {
  const videos: ListedVideo[] = [];
  const broken: BrokenVideo[] = [];
  const notes: string[] = [];
  for (const [i, path] of paths.entries()) {
    const name = nameBelow(dataDir, path);
    try {
      const info = await probeVideo(path, signal);
      if (info.damage !== undefined) notes.push(damageNote(info));
      const { size, mtimeMs: modified } = await stat(path);
      const all = strideFrames(info, sampleFps);
      const frames = (longChunk === undefined ? all : longClip(all, longChunk, "causal")).length;
      const problem =
        longChunk !== undefined && frames === 0
          ? `${path} has ${all.length} frames, needed ${longChunk + 1} for --read_long_video`
          : refuse?.(info);
      if (problem === undefined) videos.push({ name, path, size, modified, frames });
      else broken.push({ name, reason: `evaluate: ${problem}` });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof VideoError)) throw error;
      broken.push({ name, reason: error.message });
    }
    onVideo(i + 1);
  }
  return { videos, broken, notes };
}

function nameBelow(folder: string, path: string): string {
  const name = relative(folder, path);
  return name.startsWith("..") ? path : name.replaceAll(sep, "/");
}
