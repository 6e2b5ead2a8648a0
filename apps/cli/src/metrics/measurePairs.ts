import type { VideoInfo } from "@vidtok/data";
import { CLIP, SHORTEST_CLIP } from "./fvdClips.ts";
import type { FrameMeter, Meters } from "./openMeters.ts";
import type { FilePair } from "./pairFiles.ts";
import { readPair } from "./readPair.ts";

/** A pair of videos that can be compared. */
export interface CheckedPair extends FilePair {
  readonly videos: { readonly real: VideoInfo; readonly fake: VideoInfo };
  /** Frames to compare. */
  readonly frames: number;
}

/** What the metrics say of one video. */
export interface VideoScores extends FilePair {
  readonly frames: number;
  readonly scores: Partial<
    Record<FrameMeter["name"], { readonly mean: number; readonly frames: readonly number[] }>
  >;
}

/** What the metrics say of all videos: means over all frames, and the distance of the sets of clips. */
export interface Measured {
  readonly videos: readonly VideoScores[];
  readonly total: { readonly frames: number } & Partial<Record<FrameMeter["name"], number>>;
  readonly fvd:
    | { readonly value: number; readonly clips: number; readonly warnings: readonly string[] }
    | undefined;
  /** How each metric was computed. */
  readonly settings: Readonly<Record<string, object>>;
}

/** What a run is told to do on its way. */
export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** Told of the frames compared so far. */
  readonly onFrames: (done: number) => void;
}

/** Measures pair after pair, holding 16 frames of each video at a time. */
export async function measurePairs(
  pairs: readonly CheckedPair[],
  { perFrame, fvd }: Meters,
  { signal, onFrames }: MeasureOptions,
): Promise<Measured> {
  const settings: Record<string, object> = {};
  const videos: VideoScores[] = [];
  let [done, clips] = [0, 0];
  for (const { name, real, fake, videos: infos, frames } of pairs) {
    const values = new Map(perFrame.map((meter) => [meter.name, [] as number[]]));
    const options = { frames, length: CLIP };
    for await (const clip of readPair(infos.real, infos.fake, options, signal)) {
      for (const meter of perFrame) {
        const found = await meter.update(clip.real, clip.fake);
        values.get(meter.name)!.push(...found.frames);
        settings[meter.name] = found.settings;
      }
      const length = clip.real.shape[0];
      if (fvd && (length === CLIP || (frames < CLIP && length >= SHORTEST_CLIP))) {
        await fvd.update(clip.real, clip.fake);
        clips++;
      }
      onFrames((done += length));
      signal.throwIfAborted();
    }
    const scores = [...values].map(([metric, each]) => [
      metric,
      { mean: mean(each), frames: each },
    ]);
    videos.push({ name, real, fake, frames, scores: Object.fromEntries(scores) });
  }
  const distance = fvd?.compute();
  if (distance) settings["fvd"] = { features: "i3d-kinetics-400-logits", clipFrames: CLIP };
  return {
    videos,
    total: {
      frames: done,
      ...Object.fromEntries(perFrame.map((meter) => [meter.name, meter.mean()])),
    },
    fvd: distance && { value: distance.value, clips, warnings: distance.warnings },
    settings,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
