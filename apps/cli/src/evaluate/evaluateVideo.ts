import { createHash } from "node:crypto";
import type { Fit } from "@vidtok/data";
import { clipGroups, longClip, probeVideo, strideFrames } from "@vidtok/data";
import { measureVideo } from "../metrics/measureVideo.ts";
import type { MeasuredVideo, MeasureOptions } from "../metrics/measureVideo.ts";
import type { Meters } from "../metrics/openMeters.ts";
import { sheetPng } from "../page/sheet.ts";
import type { OpenTokenizer } from "../reconstruct/openTokenizer.ts";
import { readClips } from "../reconstruct/readClips.ts";
import { reconstructClips } from "../reconstruct/reconstructClips.ts";
import { comparedClips } from "./comparedClips.ts";
import type { ListedVideo } from "./lookAtVideos.ts";
import { PickedFrames } from "./pickedFrames.ts";

/** How a video is cut into clips and what is kept of it. */
export interface EvaluateOptions extends MeasureOptions {
  readonly fit: Fit;
  /** Frames taken of a second. */
  readonly sampleFps: number;
  /** Frames that the tokenizer gets at a time; the last clip is filled up with its last frame. */
  readonly clipLength: number;
  /** Whether the tokenizer gets the whole video as one clip, cut to whole chunks. */
  readonly isLong?: boolean;
  /** Decides, with a video's name, the noise of its sampled latents. */
  readonly seed: number;
  readonly withSheet: boolean;
}

/** What the metrics say of a video and its reconstruction. */
export interface EvaluatedVideo extends MeasuredVideo {
  /** Frames compared, repeats included. */
  readonly frames: number;
  /** How many of them repeat the last one. */
  readonly repeated: number;
  /** A PNG file: some frames, their reconstructions, and the differences. */
  readonly sheet: Uint8Array | undefined;
}

/**
 * Sends a video through a tokenizer clip by clip and measures what comes out, in memory that does
 * not grow with its length.
 */
export async function evaluateVideo(
  { path, name }: ListedVideo,
  model: OpenTokenizer,
  meters: Meters,
  options: EvaluateOptions,
): Promise<EvaluatedVideo> {
  const { clipLength, isLong = false, sampleFps, seed, signal } = options;
  const info = await probeVideo(path, signal);
  const all = strideFrames(info, sampleFps);
  const ids = isLong ? longClip(all, clipLength - 1, "causal") : all;
  const groups = isLong ? [ids] : clipGroups(ids, clipLength, "repeat");
  model.reseed(noiseSeed(seed, name));
  const pairs = reconstructClips(model, readClips(info, groups, options.fit, signal), false);
  const picked = options.withSheet ? new PickedFrames(ids.length) : undefined;
  const clips = comparedClips(pairs, ids.length);
  const found = await measureVideo(picked?.of(clips) ?? clips, ids.length, meters, options);
  const frames = groups.reduce((sum, group) => sum + group.length, 0);
  const sheet = picked && sheetPng(picked);
  return { ...found, frames, repeated: frames - ids.length, sheet };
}

/**
 * The same for a video whatever was evaluated before it, so that an interruption changes no number.
 */
function noiseSeed(seed: number, name: string): number {
  return createHash("sha256").update(`${seed} ${name}`).digest().readUIntBE(0, 6);
}
