import type { FvdDistance } from "@vidtok/metrics";
import type { MeasuredVideo } from "./measureVideo.ts";
import type { FrameMetric, Meters } from "./openMeters.ts";

/** Means over frames by metric, and over how many. */
export type Totals = { readonly frames: number } & Partial<Record<FrameMetric, number>>;

/** A video in results. */
export interface ScoredVideo {
  readonly name: string;
  readonly frames: number;
  /** How many of the frames, at the end, repeat the last one to fill up a model's clip. */
  readonly repeated?: number;
  readonly scores: Partial<
    Record<FrameMetric, { readonly mean: number; readonly frames: readonly number[] }>
  >;
}

/** What the metrics say of all videos: means over all frames, and the distance of the sets of clips. */
export interface Measured<V extends ScoredVideo = ScoredVideo> {
  readonly videos: readonly V[];
  readonly total: Totals;
  /** The same without frames that repeat the last one of a video; absent where nothing is ever repeated. */
  readonly withoutRepeated?: Totals;
  readonly fvd:
    | { readonly value: number; readonly clips: number; readonly warnings: readonly string[] }
    | undefined;
  /** How each metric was computed. */
  readonly settings: Readonly<Record<string, object>>;
}

/** The values of a video's frames with their means. */
export function scored({ scores }: Pick<MeasuredVideo, "scores">): ScoredVideo["scores"] {
  return Object.fromEntries(
    Object.entries(scores).map(([metric, frames]) => [
      metric,
      { mean: sum(frames) / frames.length, frames },
    ]),
  );
}

/** Means over all frames of all videos, or over those that are no repeats. */
export function totals(videos: readonly ScoredVideo[], repeats: "all" | "without"): Totals {
  const kept = ({ frames, repeated = 0 }: ScoredVideo): number =>
    repeats === "all" ? frames : frames - repeated;
  const frames = sum(videos.map(kept));
  const metrics = Object.keys(videos[0]?.scores ?? {}) as FrameMetric[];
  const means = metrics.map((metric) => {
    const sums = videos.map((video) => sum(video.scores[metric]!.frames.slice(0, kept(video))));
    return [metric, sum(sums) / frames];
  });
  return { frames, ...(Object.fromEntries(means) as Partial<Record<FrameMetric, number>>) };
}

/** The distance of the clips that have been merged, `clips` of them; undefined where there are too few. */
export function fvdOf({ fvd }: Pick<Meters, "fvd">, clips: number): Measured["fvd"] {
  if (fvd === undefined || clips < 2) return undefined;
  const { value, warnings }: FvdDistance = fvd.total.compute();
  return { value, clips, warnings };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
