import { existsSync } from "node:fs";
import type { ClipItem, ClipSource } from "./clipSource.ts";
import type { VidTokDatasetParams } from "./datasetParams.ts";
import { readFrames } from "./frames.ts";
import { probe, remember } from "./probe.ts";
import type { ProbedVideo } from "./probe.ts";
import { permutation, randomSource } from "./random.ts";
import { sampleFrames } from "./sampling.ts";
import { resizeCropNormalize } from "./fit.ts";
import { VideoError } from "./videoError.ts";

/** Clips as threads can pass them to each other. */
export interface SharedClips {
  readonly paths: readonly string[];
  readonly params: VidTokDatasetParams;
  /** What is known of the videos already. */
  readonly probed: readonly ProbedVideo[];
}

/** What a reader has found out. */
export interface ClipNews {
  readonly problems: readonly string[];
  readonly probed: readonly ProbedVideo[];
}

// 32 MiB of times; a dataset of more frames is probed in part each time.
const rememberedFrames = 2 ** 22;

/** Reads clips of listed videos, and remembers what it finds out about them. */
export class ClipReader implements ClipSource {
  /** A line for every video that could not be used so far. */
  readonly problems: string[] = [];
  readonly #paths: readonly string[];
  readonly #params: VidTokDatasetParams;
  readonly #missing = new Set<number>();
  readonly #probed = new Map<string, ProbedVideo>();
  #frames = 0;
  #news: { problems: string[]; probed: ProbedVideo[] } = { problems: [], probed: [] };

  constructor({ paths, params, probed }: SharedClips) {
    this.#paths = paths;
    this.#params = params;
    for (const video of probed) this.#remember(video);
  }

  get length(): number {
    return this.#paths.length;
  }

  /** What another thread needs to read the same clips. */
  shared(): SharedClips {
    return { paths: this.#paths, params: this.#params, probed: [...this.#probed.values()] };
  }

  /** What has been found out since this was asked last. */
  takeNews(): ClipNews {
    const news = this.#news;
    this.#news = { problems: [], probed: [] };
    return news;
  }

  /** Takes what a reader of the same clips has found out. */
  learn({ problems, probed }: ClipNews): void {
    for (const problem of problems) this.#report(problem);
    for (const video of probed) this.#remember(video);
  }

  /** Clip `index`: `random` decides where it starts and what replaces a missing file. */
  async item(index: number, random: () => number, signal?: AbortSignal): Promise<ClipItem> {
    const path = this.#paths[this.#present(index, random)]!;
    try {
      return await this.#read(path, random, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (this.#params.is_strict_loading || !isExpected(error)) throw error;
      this.#report(`${error.message}; a black clip takes its place`);
      const { input_height, input_width, sample_num_frames } = this.#params.video_params;
      const jpg = new Float32Array(3 * sample_num_frames * input_height * input_width).fill(-1);
      return { jpg, shape: [3, sample_num_frames, input_height, input_width], path };
    }
  }

  /**
   * Throws a `VideoError` with the first reasons when no video gives a clip. They are tried in an
   * order of their own until one does, so that a few good ones among many bad ones are found soon.
   * With strict loading the first bad one is an error anyway.
   */
  async checkReadable(signal?: AbortSignal): Promise<void> {
    if (this.#params.is_strict_loading) return;
    const reasons: string[] = [];
    for (const i of permutation(this.length, randomSource(0))) {
      const path = this.#paths[i]!;
      try {
        await this.#read(path, () => 0, signal);
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (!isExpected(error)) throw error;
        reasons.push(error.message);
      }
    }
    throw new VideoError(
      `dataset: none of the ${this.length} videos of ${this.#params.data_dir} can be read: ` +
        reasons.slice(0, 3).join("; ") +
        (reasons.length > 3 ? "; …" : ""),
      reasons.slice(0, 100).join("\n"),
    );
  }

  async #read(path: string, random: () => number, signal?: AbortSignal): Promise<ClipItem> {
    const { input_height, input_width, sample_num_frames, sample_fps } = this.#params.video_params;
    const { info } = this.#probed.get(path) ?? this.#remember(await probe(path, signal));
    if (info.damage !== undefined) this.#report(`video: ${path} is ${info.damage}`);
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

  #remember(video: ProbedVideo): ProbedVideo {
    remember(video);
    const { path, frames } = video.info;
    if (!this.#probed.has(path) && this.#frames + frames <= rememberedFrames) {
      this.#frames += frames;
      this.#probed.set(path, video);
      this.#news.probed.push(video);
    }
    return video;
  }

  /**
   * The clip itself or what replaces it, drawn from all others so that what was read before decides
   * nothing.
   */
  #present(index: number, random: () => number): number {
    if (!this.#isMissing(index)) return index;
    const rest = this.#paths.map((_, i) => i);
    let place = index;
    do {
      rest.splice(place, 1);
      if (rest.length === 0) {
        throw new VideoError(
          `dataset: none of the ${this.length} videos exist below ${this.#params.data_dir}`,
        );
      }
      place = Math.floor(random() * rest.length);
    } while (this.#isMissing(rest[place]!));
    return rest[place]!;
  }

  #isMissing(index: number): boolean {
    if (this.#missing.has(index)) return true;
    const path = this.#paths[index]!;
    if (existsSync(path)) return false;
    if (this.#params.skip_missing_files === false) {
      throw new VideoError(`video: ${path} does not exist`);
    }
    this.#missing.add(index);
    this.#report(`video: ${path} does not exist; another one takes its place`);
    return true;
  }

  #report(problem: string): void {
    if (this.problems.includes(problem)) return;
    this.problems.push(problem);
    this.#news.problems.push(problem);
  }
}

/** Whether an error is about a video, whose place a black clip takes. */
function isExpected(error: unknown): error is VideoError | RangeError {
  return error instanceof VideoError || error instanceof RangeError;
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
