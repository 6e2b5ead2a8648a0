import { clipToFrames, frameImage, sideBySide, writeVideo } from "@vidtok/data";
import type { Fit, VideoInfo, VideoWriter } from "@vidtok/data";
import { psnr, ssim } from "@vidtok/metrics";
import { ssimWindow } from "../metrics/ssimWindow.ts";
import { framesFrom } from "./clips.ts";
import type { ClipPlan } from "./planClips.ts";
import { readClips } from "./readClips.ts";
import { reconstructClips } from "./reconstructClips.ts";
import type { Reconstruction, Reconstructor } from "./reconstructClips.ts";

/** How a video is reconstructed, and where to. */
export interface ReconstructOptions {
  readonly fit: Fit;
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
  /** Null where frames are smaller than its window of 11 pixels. */
  readonly ssim: number | null;
}

/**
 * Sends a video through a tokenizer clip by clip and writes the result, in memory that does not
 * grow with its length.
 */
export async function reconstructVideo(
  model: Reconstructor,
  info: VideoInfo,
  { clips, repeated, fps }: ClipPlan,
  options: ReconstructOptions,
): Promise<ReconstructedVideo> {
  const { fit, signal, concatInput } = options;
  const { height, width } = fit.fit === "native" ? info : fit;
  const writer = writeVideo(options.output, {
    width: concatInput ? 2 * width : width,
    height,
    fps,
    ...(fit.fit === "crop" ? {} : { sampleAspectRatio: info.sampleAspectRatio }),
    signal,
  });
  const quality = { psnr: 0, ssim: 0 };
  const total = clips.reduce((sum, ids) => sum + ids.length, 0) - repeated;
  const hasSsim = Math.min(height, width) >= ssimWindow;
  let done = 0;
  let frames = 0;
  try {
    options.onClip(0, clips.length, NaN);
    const pairs = reconstructClips(
      model,
      readClips(info, clips, fit, signal),
      options.padGenFrames,
    );
    for await (const pair of pairs) {
      signal.throwIfAborted();
      const own = firstFrames(pair, total - frames);
      frames += addQuality(quality, own, hasSsim);
      await writeFrames(writer, own, concatInput);
      options.onClip(++done, clips.length, quality.psnr / frames);
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const mean = { psnr: quality.psnr / frames, ssim: hasSsim ? quality.ssim / frames : null };
  return { clips: done, frames, fps, ...mean };
}

/** A reconstruction without what repeats the video's last frame. */
function firstFrames(pair: Reconstruction, count: number): Reconstruction {
  if (pair.input.shape[1] <= count) return pair;
  const { input, output } = pair;
  return { input: framesFrom(input, 0, count), output: framesFrom(output, 0, count) };
}

function addQuality(
  total: { psnr: number; ssim: number },
  pair: Reconstruction,
  hasSsim: boolean,
): number {
  const { input, output } = pair;
  const settings = { layout: "cthw", range: [-1, 1] } as const;
  const frames = input.shape[1];
  total.psnr += psnr(input, output, settings).mean * frames;
  if (hasSsim) total.ssim += ssim(input, output, settings).mean * frames;
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
