import { fitFrames, streamFrames } from "@vidtok/data";
import type { Clip, Fit, VideoInfo } from "@vidtok/data";

/** Reads a video as clips of the given frames, holding one clip at a time. */
export async function* readClips(
  info: VideoInfo,
  clips: readonly (readonly number[])[],
  fit: Fit,
  signal: AbortSignal,
): AsyncGenerator<Clip> {
  const frameBytes = info.width * info.height * 3;
  const longest = Math.max(...clips.map((ids) => ids.length));
  const data = new Uint8Array(longest * frameBytes);
  let clip = 0;
  let filled = 0;
  for await (const frame of streamFrames(info.path, clips.flat(), { info, signal })) {
    data.set(frame, filled++ * frameBytes);
    const length = clips[clip]!.length;
    if (filled < length) continue;
    const shape = [length, info.height, info.width, 3] as const;
    yield fitFrames({ data: data.subarray(0, length * frameBytes), shape }, fit);
    clip++;
    filled = 0;
  }
}
