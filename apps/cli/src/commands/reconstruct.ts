import { mkdirSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { probeVideo } from "@vidtok/data";
import { loadConfig, modelConfig } from "@vidtok/model";
import { useBackend } from "@vidtok/tensor";
import { commonFlags } from "../args/commonFlags.ts";
import { choice, number, text, toggle } from "../args/flag.ts";
import type { Values } from "../args/flag.ts";
import { UsageError } from "../args/usageError.ts";
import { defineCommand } from "../command.ts";
import { configFile } from "../configFile.ts";
import { openTokenizer } from "../reconstruct/openTokenizer.ts";
import { planClips } from "../reconstruct/planClips.ts";
import { reconstructVideo } from "../reconstruct/reconstructVideo.ts";
import { line } from "../report.ts";
import { progress } from "../terminal/progress.ts";
import { printResult } from "../terminal/result.ts";
import { duration } from "../terminal/units.ts";

const flags = {
  input_video_path: text("FILE", "Video to reconstruct (required)", undefined),
  output_video_dir: text("DIR", "Folder of <name>_reconstructed.mp4", "tmp"),
  output: text("FILE", "Write there instead", undefined),
  config: text("NAME|FILE", "Shipped config or a yaml file", "vidtok_kl_causal_488_4chn"),
  ckpt: text("FILE", "Weights: torch or safetensors; without it they are random", undefined),
  input_height: number("Pixels of the shorter side, and rows cut out", 256, { least: 16 }),
  input_width: number("Columns cut out", 256, { least: 16 }),
  sample_fps: number("Frames taken of a second, at most all", 30, { least: 0.001, fraction: true }),
  chunk_size: number("Frames of a clip, plus 1 if the model is causal", undefined, { shown: "16" }),
  num_frames_per_batch: number("The same, all frames counted", undefined, { least: 1 }),
  read_long_video: toggle("Take the whole video as one clip (v1.1 models)", false),
  pad_gen_frames: toggle("Begin a clip with the last frames generated", false),
  concate_input: toggle("Show the input on the left", true),
  precision: choice("autocast lets convolutions use bf16", ["full", "autocast"], "full"),
  seed: number("Of random weights and of sampled latents", 42),
  backend: choice("What computes", ["auto", "native", "gpujs"], "auto"),
  threads: number("Of the native backend", undefined, { least: 1, shown: "all cores" }),
  ...commonFlags,
} as const;

/** `vidtok reconstruct --input_video_path FILE` */
export const reconstruct = defineCommand({
  name: "reconstruct",
  summary: "Encode a video, decode it again, write the result and measure it.",
  flags,
  rest: { shown: "", least: 0, most: 0 },
  examples: [
    "--input_video_path clip.mp4 --ckpt vidtok_kl_causal_488_4chn.ckpt",
    "--input_video_path clip.mp4 --config vidtok_fsq_causal_488_4096 --chunk_size 8 --json",
  ],
  async run(given, _rest, io) {
    const input = given.input_video_path;
    if (input === undefined) throw new UsageError("reconstruct: needs --input_video_path FILE");
    const config = configFile(given.config);
    const { encoder } = modelConfig(loadConfig(config));
    if (given.read_long_video) throw new Error(noLongVideo(encoder.family));
    const info = await probeVideo(input, io.signal);
    const stride = {
      isCausal: encoder.family !== "noncausal",
      timeDownsampleFactor: encoder.timeDownsampleFactor,
    };
    const plan = planClips(info, stride, {
      sampleFps: given.sample_fps,
      chunkSize: given.chunk_size,
      framesPerBatch: given.num_frames_per_batch,
    });
    const output = outputPath(given, input);

    const start = io.now();
    const backend = await useBackend(given.backend, {
      ...(given.threads === undefined ? {} : { threads: given.threads }),
      onUnavailable: (name, reason) => line(io, `${name} is not used: ${reason}`),
    });
    const precision = given.precision === "full" ? "f32" : "bf16";
    const { ckpt, seed } = given;
    if (ckpt === undefined) line(io, "weights are random, since there is no --ckpt");
    const model = await openTokenizer({
      ...{ config, ckpt, seed, backend, precision },
      onMismatch: (message) => line(io, message),
    });
    const bar = progress(io, "reconstruct", plan.clips.length);
    const found = await reconstructVideo(model, info, plan, {
      output,
      height: given.input_height,
      width: given.input_width,
      padGenFrames: given.pad_gen_frames,
      concatInput: given.concate_input,
      signal: io.signal,
      onClip: (done, _total, psnr) =>
        bar.update(done, done === 0 ? [] : [`psnr ${psnr.toFixed(2)} dB`]),
    }).finally(() => bar.end());
    const seconds = (io.now() - start) / 1000;
    const weights = ckpt ?? `random (seed ${seed})`;
    const how = { backend: backend.name, mode: backend.mode, precision };
    printResult(io, given.json, { input, output, config, weights, ...found, ...how, seconds }, [
      ["output", output],
      ["frames", `${found.frames} at ${Number(found.fps.toFixed(3))} per second`],
      ["psnr", `${found.psnr.toFixed(2)} dB`],
      ["ssim", found.ssim.toFixed(4)],
      ["weights", weights],
      ["backend", `${backend.name} (${backend.mode}), ${precision}`],
      ["time", duration(seconds * 1000)],
    ]);
    return 0;
  },
});

function outputPath(
  { output, output_video_dir: folder }: Values<typeof flags>,
  input: string,
): string {
  if (output !== undefined) return output;
  mkdirSync(folder, { recursive: true });
  return join(folder, `${basename(input, extname(input))}_reconstructed.mp4`);
}

function noLongVideo(family: string): string {
  return family === "causal v1.1"
    ? "reconstruct: --read_long_video is not there yet; leave it out to go clip by clip"
    : `reconstruct: --read_long_video needs a v1.1 config, this one is ${family}; leave it out to go clip by clip`;
}
