import { resizeCropNormalize, streamFrames } from "@vidtok/data";
import type { Clip, VideoInfo } from "@vidtok/data";

/** What of each frame is seen: its shorter side is scaled to the height, then the centre is cut out. */
export interface FrameSize {
  readonly height: number;
  readonly width: number;
}

/** Reads a video as equally long clips of the given frames, holding one clip at a time. */
export async function* readClips(
  info: VideoInfo,
  clips: readonly (readonly number[])[],
  size: FrameSize,
  signal: AbortSignal,
): AsyncGenerator<Clip> {
  const length = clips[0]!.length;
  const frameBytes = info.width * info.height * 3;
  const data = new Uint8Array(length * frameBytes);
  let filled = 0;
  for await (const frame of streamFrames(info.path, clips.flat(), { info, signal })) {
    data.set(frame, filled++ * frameBytes);
    if (filled < length) continue;
    const frames = { data, shape: [length, info.height, info.width, 3] as const };
    yield resizeCropNormalize(frames, size.height, size.width);
    filled = 0;
  }
}
