import { clipGroups, longClip, strideFrames } from "@vidtok/data";
import type { VideoInfo } from "@vidtok/data";
import { UsageError } from "../args/usageError.ts";
import type { Reconstructor } from "./reconstructClips.ts";

/** How a video is cut into clips. */
export interface ChunkOptions {
  readonly sampleFps: number;
  /** Frames of a clip, less the extra first one of a causal tokenizer. */
  readonly chunkSize: number | undefined;
  /** Frames of a clip, all counted: the other way to say it. */
  readonly framesPerBatch: number | undefined;
  /** Take the video as one clip, in chunks; default false. */
  readonly isLong?: boolean;
  /** Take frames at the end that fill no clip as a shorter one, filled up by repeating the last. */
  readonly keepsRest?: boolean;
}

/** What of a tokenizer decides the length of its clips. */
export type TimeStride = Pick<Reconstructor, "isCausal" | "timeDownsampleFactor">;

/** Which frames make up each clip, and how many of the result are shown in a second. */
export interface ClipPlan {
  readonly clips: readonly (readonly number[])[];
  /** How many at the end of the last clip repeat its last frame. */
  readonly repeated: number;
  /** How many frames at the end are in no clip. */
  readonly leftOut: number;
  readonly fps: number;
}

const CHUNK_SIZE = 16;

/** Cuts a video into clips of equal length, but for the last one where it keeps the rest. */
export function planClips(info: VideoInfo, model: TimeStride, options: ChunkOptions): ClipPlan {
  const length = clipLength(model, options);
  const frames = strideFrames(info, options.sampleFps);
  const stride = frames.length > 1 ? frames[1]! - frames[0]! : 1;
  const clips = options.isLong ? longClips(frames, length) : clipGroups(frames, length, "drop");
  const taken = clips.reduce((sum, ids) => sum + ids.length, 0);
  const rest = frames.slice(taken);
  const last = options.keepsRest && rest.length > 0 ? filledUp(rest, model) : [];
  if (clips.length + last.length === 0) {
    const strided = stride > 1 ? ` (one in ${stride} of ${info.frames})` : "";
    throw new RangeError(
      `reconstruct: ${info.path} has ${frames.length} frames to take${strided}, needed ${length} for one clip; ` +
        fixes(frames.length, stride, model).join(" or "),
    );
  }
  // Not sample_fps: the stride is whole, and with its own rate the result plays as long as the
  // source.
  const fps = info.fps / stride;
  if (last.length === 0) return { clips, repeated: 0, leftOut: rest.length, fps };
  return { clips: [...clips, last], repeated: last.length - rest.length, leftOut: 0, fps };
}

/** The frames and as many repeats of the last as the tokenizer needs to return all of them. */
function filledUp(
  ids: readonly number[],
  { isCausal, timeDownsampleFactor: factor }: TimeStride,
): readonly number[] {
  const extra = isCausal ? 1 : 0;
  const length = Math.ceil((ids.length - extra) / factor) * factor + extra;
  return Array.from({ length }, (_, i) => ids[Math.min(i, ids.length - 1)]!);
}

function longClips(frames: readonly number[], length: number): readonly (readonly number[])[] {
  const clip = longClip(frames, length - 1, "causal");
  return clip.length === 0 ? [] : [clip];
}

/** Frames of each clip, all counted; an error where the tokenizer does not take as many. */
export function clipLength(
  { isCausal, timeDownsampleFactor: factor }: TimeStride,
  { chunkSize, framesPerBatch }: Pick<ChunkOptions, "chunkSize" | "framesPerBatch">,
): number {
  if (chunkSize !== undefined && framesPerBatch !== undefined) {
    throw new UsageError(
      "--chunk_size and --num_frames_per_batch say the same thing; give one of them",
    );
  }
  const extra = isCausal ? 1 : 0;
  const chunk = framesPerBatch === undefined ? (chunkSize ?? CHUNK_SIZE) : framesPerBatch - extra;
  if (chunk % factor !== 0 || chunk < 0 || chunk + extra < 1) {
    const multiple = Math.max(Math.round(chunk / factor), 1) * factor;
    const name = framesPerBatch === undefined ? "--chunk_size" : "--num_frames_per_batch";
    const given = framesPerBatch ?? chunk;
    const shift = framesPerBatch === undefined ? 0 : extra;
    throw new UsageError(
      `${name} ${given}: this tokenizer takes multiples of ${factor}${shift ? " plus 1" : ""}; use ${multiple + shift}`,
    );
  }
  return chunk + extra;
}

function fixes(
  frames: number,
  stride: number,
  { isCausal, timeDownsampleFactor: factor }: TimeStride,
): readonly string[] {
  const longest = Math.floor((frames - (isCausal ? 1 : 0)) / factor) * factor;
  const shortest = isCausal && frames > 0 ? "use --num_frames_per_batch 1" : "use a longer video";
  return [
    longest > 0 ? `use --chunk_size ${longest}` : shortest,
    ...(stride > 1 ? ["a higher --sample_fps"] : []),
  ];
}
