import type { FvdState, Video } from "@vidtok/metrics";
import { CLIP, SHORTEST_CLIP } from "./fvdClips.ts";
import type { FrameMetric, Meters } from "./openMeters.ts";

/** Frames of two videos to compare, at most 16. */
export interface ComparedClip {
  readonly real: Video;
  readonly fake: Video;
  readonly length: number;
  /** Whether these are copies of the video's last frame that only fill up a model's clip. */
  readonly isRepeat?: boolean;
}

/** Values of each frame by metric. */
export type FrameScores = Partial<Record<FrameMetric, readonly number[]>>;

/** What the metrics say of one video. */
export interface MeasuredVideo {
  readonly scores: FrameScores;
  /** Clips that count for FVD. */
  readonly clips: number;
  /** What FVD has to know of them. */
  readonly fvd: FvdState | undefined;
  /** How each metric was computed. */
  readonly settings: Readonly<Record<string, object>>;
}

/** What a run is told to do on its way. */
export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** Told how many more frames have been compared. */
  readonly onFrames: (count: number) => void;
}

/** Measures a video of `frames` frames, repeats not counted, clip after clip. */
export async function measureVideo(
  clips: AsyncIterable<ComparedClip>,
  frames: number,
  { perFrame, fvd }: Pick<Meters, "perFrame" | "fvd">,
  { signal, onFrames }: MeasureOptions,
): Promise<MeasuredVideo> {
  const settings: Record<string, object> = {};
  const values = new Map(perFrame.map(({ name }) => [name, [] as number[]]));
  const part = fvd?.part();
  let counted = 0;
  for await (const { real, fake, length, isRepeat = false } of clips) {
    for (const { name, measure } of perFrame) {
      const found = await measure(real, fake);
      values.get(name)!.push(...found.frames);
      settings[name] = found.settings;
    }
    const isWhole = length === CLIP || (frames < CLIP && length >= SHORTEST_CLIP);
    if (part && isWhole && !isRepeat) {
      await part.update(real, fake);
      counted++;
    }
    onFrames(length);
    signal.throwIfAborted();
  }
  if (part) settings["fvd"] = { features: "i3d-kinetics-400-logits", clipFrames: CLIP };
  return { scores: Object.fromEntries(values), clips: counted, fvd: part?.state, settings };
}
