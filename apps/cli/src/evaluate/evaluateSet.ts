import { line } from "../report.ts";
import type { Io } from "../terminal/io.ts";
import { progress } from "../terminal/progress.ts";
import { counted } from "../terminal/units.ts";
import { evaluateVideos } from "./evaluateVideos.ts";
import { EvaluationState } from "./evaluationState.ts";
import type { EvaluationTools } from "./evaluationTools.ts";
import type { LookedAt } from "./lookAtVideos.ts";
import { resultOf } from "./result.ts";
import { settingsOf } from "./settingsOf.ts";
import { writeResult } from "./writeResult.ts";

/** Evaluates what is not finished yet, writes all results and resolves to the exit code. */
export async function evaluateSet(
  { videos, broken: unreadable }: LookedAt,
  tools: EvaluationTools,
  io: Io,
): Promise<number> {
  const { given, request, model, meters } = tools;
  const settings = await settingsOf(tools, io.signal);
  const state = await EvaluationState.open(request.states, settings, videos);
  for (const note of state.notes) line(io, note);
  if (state.fvd) meters.fvd?.total.merge(state.fvd);
  if (state.finished.length > 0) {
    line(
      io,
      `going on with ${counted(state.finished.length, "finished video")} in ${state.folder}`,
    );
  }
  try {
    const { clipLength, tiling } = request;
    const isLong = tiling !== undefined;
    const filled = (frames: number): number =>
      isLong ? frames : Math.ceil(frames / clipLength) * clipLength;
    const frames = videos.reduce((sum, video) => sum + filled(video.frames), 0);
    let done = state.finished.reduce((sum, video) => sum + video.frames, 0);
    const bar = progress(io, "evaluate", frames, done);
    const broken = await evaluateVideos(videos, model, meters, state, {
      ...{ fit: request.fit, sampleFps: given.sample_fps },
      ...{ clipLength, isLong, seed: given.seed, withSheet: given.report !== undefined },
      signal: io.signal,
      onFrames: (count) => bar.update((done += count)),
      onBroken: ({ reason }) => bar.log(`vidtok: ${reason}`),
    }).finally(() => bar.end());
    if (state.finished.length === 0) {
      throw new Error(
        `evaluate: none of the ${videos.length + unreadable.length} videos can be read`,
      );
    }
    const all = [...unreadable, ...broken];
    await writeResult(resultOf(videos, state, all, meters), settings, state, given, io);
    if (all.length === 0) {
      await state.remove();
      return 0;
    }
    line(
      io,
      `${all.length} of ${videos.length + unreadable.length} videos cannot be read: ` +
        `${all.map(({ name }) => name).join(", ")}; the same command again tries only those`,
    );
    return 1;
  } catch (error) {
    const kept = state.finished.length;
    if (kept === 0) await state.remove();
    else {
      line(
        io,
        `${kept} of ${videos.length} videos finished, kept in ${state.folder}; ` +
          "the same command again goes on",
      );
    }
    throw error;
  }
}
