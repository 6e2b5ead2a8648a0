import { number } from "./ffprobe.ts";
import type { Fields } from "./ffprobe.ts";
import type { Track } from "./packets.ts";
import type { DecodedPictures } from "./pictures.ts";

// Headers of other containers count nothing, or are counted by ffprobe.
const declaresCount = /^(mov|avi)\b/;

/** What is known of a file that may be damaged. */
export interface Evidence {
  /** ffmpeg's name of the container. */
  readonly format: string;
  readonly video: Fields;
  readonly track: Track;
  /** What ffprobe complained of. */
  readonly complaints: string;
  /** Whether the file has fewer bytes than its own structure needs. */
  readonly isShort: boolean;
  readonly frames: number;
  /** All pictures, where they were decoded one after the other. */
  readonly decoded: DecodedPictures | undefined;
}

/**
 * What is missing of a file, for a sentence that begins with "the file is"; undefined if nothing.
 */
export function damageOf(evidence: Evidence): string | undefined {
  const { format, video, track, complaints, isShort, frames, decoded } = evidence;
  const endsInPacket = /partial file|ended prematurely/.test(complaints) || track.isLastCut;
  // The decoder holds back as many pictures as it reorders.
  const delay = number(video, "has_b_frames") + 1;
  const errorAt = decoded?.firstErrorAt ?? Infinity;
  const failsLast = errorAt < Infinity && errorAt >= frames - delay;
  if (endsInPacket || isShort || failsLast) {
    const declared = declaresCount.test(format) ? number(video, "nb_frames") : NaN;
    const found =
      declared > frames ? `${frames} of ${declared} frames are there` : "it ends in its last frame";
    return `truncated: ${found}`;
  }
  const isSuspect = track.cut > 0 || (decoded?.errors.length ?? 0) > 0;
  const gap = isSuspect && decoded !== undefined ? gapAfter(decoded) : undefined;
  return gap === undefined ? undefined : `damaged: frames are missing after frame ${gap}`;
}

/** The picture before the first gap in time that others of the stream do not have. */
function gapAfter({ pictures }: DecodedPictures): number | undefined {
  const steps = pictures.slice(1).map(({ pts }, i) => pts - pictures[i]!.pts);
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? NaN;
  const gap = steps.findIndex((step) => step > 3 * usual);
  return gap < 0 ? undefined : gap;
}
