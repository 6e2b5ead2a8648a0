import { VideoError } from "@vidtok/data";
import type { Meters } from "../metrics/openMeters.ts";
import type { OpenTokenizer } from "../reconstruct/openTokenizer.ts";
import { evaluateVideo } from "./evaluateVideo.ts";
import type { EvaluateOptions } from "./evaluateVideo.ts";
import type { EvaluationState } from "./evaluationState.ts";
import type { BrokenVideo, ListedVideo } from "./lookAtVideos.ts";

/** Evaluates the videos that the state does not have yet and adds them to it; returns those that cannot be read. */
export async function evaluateVideos(
  videos: readonly ListedVideo[],
  model: OpenTokenizer,
  meters: Meters,
  state: EvaluationState,
  options: EvaluateOptions & { readonly onBroken: (video: BrokenVideo) => void },
): Promise<readonly BrokenVideo[]> {
  const broken: BrokenVideo[] = [];
  for (const video of videos) {
    options.signal.throwIfAborted();
    if (state.get(video)) continue;
    try {
      const { fvd, sheet, ...found } = await evaluateVideo(video, model, meters, options);
      // Only now, so that clips of a video that breaks off do not count.
      if (fvd) meters.fvd?.total.merge(fvd);
      await state.add({ ...video, ...found }, meters.fvd?.total.state, sheet);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof VideoError)) throw error;
      const one = { name: video.name, reason: error.message };
      broken.push(one);
      options.onBroken(one);
    }
  }
  return broken;
}
