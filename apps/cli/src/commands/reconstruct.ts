import { mkdirSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { cutShare, probeVideo } from "@vidtok/data";
import { configPath, loadConfig, modelConfig } from "@vidtok/model";
import type { WeightCounts } from "@vidtok/model";
import type { Values } from "../args/flag.ts";
import { UsageError } from "../args/usageError.ts";
import { defineCommand } from "../command.ts";
import { checkPaths } from "../outputs/checkPaths.ts";
import { modelPaths } from "../outputs/modelPaths.ts";
import { checkRequest, tooSmall } from "../reconstruct/checkRequest.ts";
import { reconstructFlags } from "../reconstruct/flags.ts";
import { longTiling } from "../reconstruct/longTiling.ts";
import { clipLength, planClips } from "../reconstruct/planClips.ts";
import { reconstructVideo } from "../reconstruct/reconstructVideo.ts";
import { requestedFit } from "../reconstruct/requestedFit.ts";
import { openTokenizerThread } from "../reconstruct/tokenizerThread.ts";
import { line } from "../report.ts";
import { noteDamage } from "../terminal/noteDamage.ts";
import { progress } from "../terminal/progress.ts";
import { printResult } from "../terminal/result.ts";
import { counted, duration } from "../terminal/units.ts";

/** `vidtok reconstruct --input_video_path FILE` */
export const reconstruct = defineCommand({
  name: "reconstruct",
  summary: "Encode a video, decode it again, write the result and measure it.",
  flags: reconstructFlags,
  rest: { shown: "", least: 0, most: 0 },
  examples: [
    "--input_video_path clip.mp4 --ckpt vidtok_kl_causal_488_4chn.ckpt",
    "--input_video_path clip.mp4 --config vidtok_fsq_causal_488_4096 --json",
  ],
  async run(given, _rest, io) {
    const input = given.input_video_path;
    if (input === undefined) throw new UsageError("reconstruct: needs --input_video_path FILE");
    const config = configPath(given.config);
    const { encoder, ckptPath } = modelConfig(loadConfig(config));
    const fit = requestedFit(given);
    checkRequest("reconstruct", { ...given, fit }, encoder);
    const { seed, ckpt = ckptPath ?? undefined } = given;
    const output = outputPath(given, input);
    checkPaths("reconstruct", {
      inputs: [{ what: "the input", path: input }, ...modelPaths({ config, ckpt })],
      outputs: [output],
    });
    const info = await probeVideo(input, io.signal);
    noteDamage(io, info);
    const problem = tooSmall(info, fit, encoder);
    if (problem !== undefined) throw new RangeError(`reconstruct: ${problem}`);
    const stride = {
      isCausal: encoder.family !== "noncausal",
      timeDownsampleFactor: encoder.timeDownsampleFactor,
    };
    const chunks = {
      sampleFps: given.sample_fps,
      chunkSize: given.chunk_size,
      framesPerBatch: given.num_frames_per_batch,
      isLong: given.read_long_video,
      keepsRest: fit.fit !== "crop" && !given.read_long_video,
    };
    const plan = planClips(info, stride, chunks);
    const tiling = chunks.isLong
      ? longTiling(clipLength(stride, chunks), encoder.timeDownsampleFactor)
      : undefined;

    const start = io.now();
    const precision = given.precision === "full" ? "f32" : "bf16";
    const { backend, threads, allow_missing: allowMissing } = given;
    const model = await openTokenizerThread(
      { config, ckpt, allowMissing, seed, backend, threads, precision, tiling },
      io.signal,
    );
    try {
      for (const note of model.notes) line(io, note);
      mkdirSync(dirname(output), { recursive: true });
      const bar = progress(io, "reconstruct", plan.clips.length);
      const found = await reconstructVideo(model, info, plan, {
        output,
        fit,
        padGenFrames: given.pad_gen_frames,
        concatInput: given.concate_input,
        signal: io.signal,
        onClip: (done, _total, psnr) =>
          bar.update(done, done === 0 ? [] : [`psnr ${psnr.toFixed(2)} dB`]),
      }).finally(() => bar.end());
      const seconds = (io.now() - start) / 1000;
      const weights = { checkpoint: ckpt ?? null, ...model.weights };
      const cut = cutShare(info.height, info.width, fit);
      const leftOut = { frames: plan.leftOut, picture: cut };
      const how = { backend: model.backend, mode: model.mode, precision };
      printResult(
        io,
        given.json,
        { input, output, config, weights, ...found, leftOut, ...how, seconds },
        [
          ["output", output],
          ["frames", `${found.frames} at ${Number(found.fps.toFixed(3))} per second`],
          ["left out", leftOutText(plan.leftOut, cut)],
          ["psnr", `${found.psnr.toFixed(2)} dB`],
          ["ssim", found.ssim?.toFixed(4) ?? "frames are too small for it"],
          ["weights", shownWeights(weights, seed)],
          ["backend", `${model.backend} (${model.mode}), ${precision}`],
          ["time", duration(seconds * 1000)],
        ],
      );
      return 0;
    } finally {
      model.close();
    }
  },
});

function leftOutText(frames: number, cut: number): string {
  const parts = [
    ...(frames > 0 ? [`${counted(frames, "frame")} at the end`] : []),
    ...(cut > 0 ? [`${(100 * cut).toFixed(1)} % of the picture`] : []),
  ];
  return parts.length === 0 ? "nothing" : `${parts.join(", ")} (--fit native keeps all)`;
}

function shownWeights(
  { checkpoint, loaded, random }: { checkpoint: string | null } & WeightCounts,
  seed: number,
): string {
  if (checkpoint === null) return `random (seed ${seed})`;
  return random === 0 ? checkpoint : `${checkpoint} (${random} of ${loaded + random} random)`;
}

function outputPath(
  { output, output_video_dir: folder }: Values<typeof reconstructFlags>,
  input: string,
): string {
  return output ?? join(folder, `${basename(input, extname(input))}_reconstructed.mp4`);
}
