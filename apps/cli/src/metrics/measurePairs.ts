import type { VideoInfo } from "@vidtok/data";
import { CLIP } from "./fvdClips.ts";
import { measureVideo } from "./measureVideo.ts";
import type { ComparedClip, MeasureOptions } from "./measureVideo.ts";
import type { Meters } from "./openMeters.ts";
import type { FilePair } from "./pairFiles.ts";
import { readPair } from "./readPair.ts";
import { fvdOf, scored, totals } from "./totals.ts";
import type { Measured, ScoredVideo } from "./totals.ts";

/** A pair of videos that can be compared. */
export interface CheckedPair extends FilePair {
  readonly videos: { readonly real: VideoInfo; readonly fake: VideoInfo };
  /** Frames to compare. */
  readonly frames: number;
}

/** What the metrics say of pairs of videos. */
export type MeasuredPairs = Measured<ScoredVideo & FilePair>;

/** Measures pair after pair, holding 16 frames of each video at a time. */
export async function measurePairs(
  pairs: readonly CheckedPair[],
  meters: Meters,
  options: MeasureOptions,
): Promise<MeasuredPairs> {
  const videos: (ScoredVideo & FilePair)[] = [];
  let settings: Measured["settings"] = {};
  let clips = 0;
  for (const pair of pairs) {
    const { name, real, fake, frames } = pair;
    const found = await measureVideo(clipsOf(pair, options.signal), frames, meters, options);
    if (found.fvd) meters.fvd?.total.merge(found.fvd);
    clips += found.clips;
    settings = found.settings;
    videos.push({ name, real, fake, frames, scores: scored(found) });
  }
  return { videos, total: totals(videos, "all"), fvd: fvdOf(meters, clips), settings };
}

async function* clipsOf(
  { videos, frames }: CheckedPair,
  signal: AbortSignal,
): AsyncGenerator<ComparedClip> {
  const indices = Array.from({ length: frames }, (_, i) => i);
  for await (const clip of readPair(videos.real, videos.fake, { indices, length: CLIP }, signal)) {
    yield { ...clip, length: clip.real.shape[0] };
  }
}
