import type { Meters } from "../metrics/openMeters.ts";
import { fvdOf, scored, totals } from "../metrics/totals.ts";
import type { Measured, ScoredVideo, Totals } from "../metrics/totals.ts";
import type { EvaluationState } from "./evaluationState.ts";
import type { BrokenVideo, ListedVideo } from "./lookAtVideos.ts";

/** What an evaluation found. */
export interface EvaluationResult extends Measured<ScoredVideo & { readonly path: string }> {
  /** Means over all frames, repeats included, as the reference counts. */
  readonly total: Totals;
  readonly withoutRepeated: Totals;
  /** How many frames of the total are repeats. */
  readonly repeated: number;
  readonly broken: readonly BrokenVideo[];
}

/** Puts together what is known of each video, in the order of the list. */
export function resultOf(
  listed: readonly ListedVideo[],
  state: EvaluationState,
  broken: readonly BrokenVideo[],
  meters: Meters,
): EvaluationResult {
  const finished = listed.flatMap((video) => state.get(video) ?? []);
  const videos = finished.map(({ name, path, frames, repeated, ...found }) => ({
    ...{ name, path, frames, repeated },
    scores: scored(found),
  }));
  const total = totals(videos, "all");
  const withoutRepeated = totals(videos, "without");
  const clips = finished.reduce((sum, video) => sum + video.clips, 0);
  return {
    videos,
    total,
    withoutRepeated,
    repeated: total.frames - withoutRepeated.frames,
    fvd: fvdOf(meters, clips),
    settings: finished[0]?.settings ?? {},
    broken,
  };
}
