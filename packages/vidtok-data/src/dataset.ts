import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { parseCsv } from "./csv.ts";
import { readFrames } from "./frames.ts";
import type { ClipItem, ClipSource } from "./loader.ts";
import { probeVideo } from "./probe.ts";
import type { VideoInfo } from "./probe.ts";
import { permutation, randomSource } from "./random.ts";
import { roundHalfEven } from "./rounding.ts";
import { sampleFrames } from "./sampling.ts";
import { resizeCropNormalize } from "./transform.ts";
import { VideoError } from "./videoError.ts";

/** A training dataset as configs describe it, with their names. */
export interface VidTokDatasetParams {
  readonly data_dir: string;
  /** A csv file with a column `videos` of paths below data_dir; default: all videos there. */
  readonly meta_path?: string | null | undefined;
  readonly video_params: {
    readonly input_height: number;
    readonly input_width: number;
    readonly sample_num_frames: number;
    readonly sample_fps: number;
  };
  /** Share of the videos to use, the same ones each time; default 1. */
  readonly data_frac?: number | undefined;
  /** Whether an unreadable video is an error; default false: it gives a black clip. */
  readonly is_strict_loading?: boolean | undefined;
  /** Whether a missing file is replaced by another one; default true, false: it is an error. */
  readonly skip_missing_files?: boolean | undefined;
  /** First frame of every clip; default: random. */
  readonly start_index?: number | null | undefined;
}

const extensions = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g)$/i;
const rememberedFiles = 1024;

/** Clips of videos listed in a csv file or found in a folder, cut at random places in time. */
export class VidTokDataset implements ClipSource {
  /** The video files, in order. */
  readonly paths: readonly string[];
  /** One line for every csv line and every video that could not be used so far. */
  readonly problems: string[] = [];
  readonly #params: VidTokDatasetParams;
  readonly #missing = new Set<number>();
  readonly #known = new Map<string, VideoInfo>();

  constructor(params: VidTokDatasetParams) {
    this.#params = params;
    const all = params.meta_path ? this.#listed(params.meta_path) : found(params.data_dir);
    this.paths = subset(all, params.data_frac ?? 1);
    if (this.paths.length === 0) {
      const place = params.meta_path ?? params.data_dir;
      throw new VideoError(`dataset: no videos in ${place}`, this.problems.join("\n"));
    }
  }

  get length(): number {
    return this.paths.length;
  }

  /** Clip `index`: `random` decides where it starts and what replaces a missing file. */
  async item(index: number, random: () => number, signal?: AbortSignal): Promise<ClipItem> {
    const path = this.paths[this.#present(index, random)]!;
    try {
      return await this.#read(path, random, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const isExpected = error instanceof VideoError || error instanceof RangeError;
      if (this.#params.is_strict_loading || !isExpected) throw error;
      this.#report(`${error.message}; a black clip takes its place`);
      const { input_height, input_width, sample_num_frames } = this.#params.video_params;
      const jpg = new Float32Array(3 * sample_num_frames * input_height * input_width).fill(-1);
      return { jpg, shape: [3, sample_num_frames, input_height, input_width], path };
    }
  }

  async #read(path: string, random: () => number, signal?: AbortSignal): Promise<ClipItem> {
    const { input_height, input_width, sample_num_frames, sample_fps } = this.#params.video_params;
    const info = await this.#probe(path, signal);
    const start = this.#params.start_index;
    const count = sample_num_frames;
    const indices = sampleFrames(info.frames, info.fps, count, sample_fps, start, random);
    const frames = await readFrames(path, indices, { info, signal });
    const clip = resizeCropNormalize(frames, input_height, input_width);
    return {
      jpg: repeatLast(clip.data, indices.length, count),
      path,
      shape: [3, count, input_height, input_width],
    };
  }

  async #probe(path: string, signal?: AbortSignal): Promise<VideoInfo> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const info = await probeVideo(path, signal);
    if (this.#known.size >= rememberedFiles) this.#known.clear();
    this.#known.set(path, info);
    return info;
  }

  #present(index: number, random: () => number): number {
    let chosen = index;
    while (this.#missing.has(chosen) || !existsSync(this.paths[chosen]!)) {
      const path = this.paths[chosen]!;
      if (this.#params.skip_missing_files === false) {
        throw new VideoError(`video: ${path} does not exist`);
      }
      this.#missing.add(chosen);
      this.#report(`video: ${path} does not exist; another one takes its place`);
      const rest = this.paths.flatMap((_, i) => (this.#missing.has(i) ? [] : [i]));
      if (rest.length === 0) {
        throw new VideoError(
          `dataset: none of the ${this.length} videos exist below ${this.#params.data_dir}`,
        );
      }
      chosen = rest[Math.floor(random() * rest.length)]!;
    }
    return chosen;
  }

  #report(problem: string): void {
    if (!this.problems.includes(problem)) this.problems.push(problem);
  }

  #listed(metaPath: string): string[] {
    const text = readOrExplain(metaPath).replace(/^ï»¿/, "");
    const { header, rows, problems } = parseCsv(text, metaPath);
    this.problems.push(...problems);
    const column = header.indexOf("videos");
    if (column < 0) {
      throw new VideoError(
        `dataset: ${metaPath} has no column "videos" (columns: ${header.join(", ")})`,
      );
    }
    const dir = this.#params.data_dir;
    return rows.map((row) => (isAbsolute(row[column]!) ? row[column]! : join(dir, row[column]!)));
  }
}

function readOrExplain(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    throw new VideoError(
      `dataset: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

function found(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((name) => extensions.test(name))
      .sort()
      .map((name) => join(dir, name));
  } catch (error) {
    throw new VideoError(
      `dataset: ${dir} cannot be listed (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

function subset(paths: readonly string[], share: number): readonly string[] {
  if (share >= 1) return paths;
  const count = roundHalfEven(share * paths.length);
  const chosen = permutation(paths.length, randomSource(0)).slice(0, count);
  return chosen.map((i) => paths[i]!);
}

/** Lengthens a clip `[3, from, h, w]` to `[3, to, h, w]` by repeating its last frame. */
function repeatLast(clip: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return clip;
  const plane = clip.length / (3 * from);
  const longer = new Float32Array(3 * to * plane);
  for (let c = 0; c < 3; c++) {
    const channel = clip.subarray(c * from * plane, (c + 1) * from * plane);
    const target = longer.subarray(c * to * plane, (c + 1) * to * plane);
    target.set(channel);
    const last = channel.subarray((from - 1) * plane);
    for (let t = from; t < to; t++) target.set(last, t * plane);
  }
  return longer;
}
