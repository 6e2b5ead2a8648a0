import { clipToFrames, frameImage, sideBySide, writeVideo } from "@vidtok/data";
import type { VideoInfo, VideoWriter } from "@vidtok/data";
import { psnr, ssim } from "@vidtok/metrics";
import type { ClipPlan } from "./planClips.ts";
import { readClips } from "./readClips.ts";
import type { FrameSize } from "./readClips.ts";
import { reconstructClips } from "./reconstructClips.ts";
import type { Reconstruction, Reconstructor } from "./reconstructClips.ts";

/** How a video is reconstructed, and where to. */
export interface ReconstructOptions extends FrameSize {
  readonly output: string;
  /** Show a causal tokenizer its own last frames in front of each clip but the first. */
  readonly padGenFrames: boolean;
  /** Put the input on the left of the result. */
  readonly concatInput: boolean;
  readonly signal: AbortSignal;
  readonly onClip: (done: number, total: number, psnr: number) => void;
}

/** A written reconstruction. */
export interface ReconstructedVideo {
  readonly clips: number;
  readonly frames: number;
  readonly fps: number;
  /** Means over all frames, of values as floats before they become bytes. */
  readonly psnr: number;
  readonly ssim: number;
}

/** Sends a video through a tokenizer clip by clip and writes the result, in memory that does not grow with its length. */
export async function reconstructVideo(
  model: Reconstructor,
  info: VideoInfo,
  { clips, fps }: ClipPlan,
  options: ReconstructOptions,
): Promise<ReconstructedVideo> {
  const { height, width, signal, concatInput } = options;
  const writer = writeVideo(options.output, {
    width: concatInput ? 2 * width : width,
    height,
    fps,
    signal,
  });
  const quality = { psnr: 0, ssim: 0 };
  let done = 0;
  let frames = 0;
  try {
    options.onClip(0, clips.length, NaN);
    const pairs = reconstructClips(
      model,
      readClips(info, clips, options, signal),
      options.padGenFrames,
    );
    for await (const pair of pairs) {
      signal.throwIfAborted();
      frames += addQuality(quality, pair);
      await writeFrames(writer, pair, concatInput);
      options.onClip(++done, clips.length, quality.psnr / frames);
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return { clips: done, frames, fps, psnr: quality.psnr / frames, ssim: quality.ssim / frames };
}

function addQuality(total: { psnr: number; ssim: number }, pair: Reconstruction): number {
  const { input, output } = pair;
  const settings = { layout: "cthw", range: [-1, 1] } as const;
  const frames = input.shape[1];
  total.psnr += psnr(input, output, settings).mean * frames;
  total.ssim += ssim(input, output, settings).mean * frames;
  return frames;
}

async function writeFrames(
  writer: VideoWriter,
  { input, output }: Reconstruction,
  concatInput: boolean,
): Promise<void> {
  const [left, right] = [clipToFrames(input), clipToFrames(output)];
  for (let t = 0; t < right.shape[0]; t++) {
    const frame = frameImage(right, t);
    await writer.write(concatInput ? sideBySide(frameImage(left, t), frame).data : frame.data);
  }
}
