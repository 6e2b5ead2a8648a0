import { roundHalfEven } from "./rounding.ts";

/** What sampling needs to know of a video. */
export interface FrameRate {
  readonly frames: number;
  readonly fps: number;
}

/**
 * Indices of up to `n` frames about `fps / sampleFps` apart, from `startIndex` or a random start.
 * The last one lies one frame further than the exact stride, as in the training of the published
 * models; videos slower than `sampleFps` give every frame.
 */
export function sampleFrames(
  total: number,
  fps: number,
  n: number,
  sampleFps: number,
  startIndex?: number | null,
  random: () => number = Math.random,
): number[] {
  const count = Math.min(n, total);
  const range = (count - 1) * interval(fps, sampleFps) + 1;
  const spare = total - range;
  const start = startIndex ?? (spare <= 0 ? 0 : Math.floor(random() * spare));
  if (start < 0 || start >= total) {
    throw new RangeError(`sampleFrames: start_index ${start} of a video with ${total} frames`);
  }
  if (count === 1) return [start];
  const stop = Math.min(total - 1, start + range);
  const step = (stop - start) / (count - 1);
  return Array.from({ length: count }, (_, i) =>
    i === count - 1 ? stop : Math.trunc(start + i * step),
  );
}

/** Every `round(fps / sampleFps)`-th frame of a video, at least every one: 0, interval, … */
export function strideFrames(info: FrameRate, sampleFps: number): number[] {
  const step = interval(info.fps, sampleFps);
  return Array.from({ length: Math.ceil(info.frames / step) }, (_, i) => i * step);
}

/** Consecutive groups of `size` ids; a short last one is dropped or filled with its last id. */
export function clipGroups(
  ids: readonly number[],
  size: number,
  last: "drop" | "repeat",
): number[][] {
  const groups: number[][] = [];
  for (let i = 0; i < ids.length; i += size) {
    if (i + size > ids.length && last === "drop") break;
    groups.push(Array.from({ length: size }, (_, k) => ids[Math.min(i + k, ids.length - 1)]!));
  }
  return groups;
}

/**
 * The longest start of `ids` that is whole chunks (plus one frame for a causal model), or [] when
 * not even one chunk fits.
 */
export function longClip(
  ids: readonly number[],
  chunkSize: number,
  kind: "causal" | "noncausal",
): number[] {
  const extra = kind === "causal" ? 1 : 0;
  const chunks = Math.floor((ids.length - extra) / chunkSize);
  return chunks < 1 ? [] : ids.slice(0, chunks * chunkSize + extra);
}

function interval(fps: number, sampleFps: number): number {
  if (!(sampleFps > 0)) throw new RangeError(`sampling: sample_fps ${sampleFps} is not positive`);
  return Math.max(1, roundHalfEven(fps / sampleFps));
}
