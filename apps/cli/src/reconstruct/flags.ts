import { commonFlags } from "../args/commonFlags.ts";
import { choice, number, text, toggle } from "../args/flag.ts";

const side = { least: 16, shown: "256" };

/** The flags of `vidtok reconstruct`: the reference's, and where to compute. */
export const reconstructFlags = {
  input_video_path: text("FILE", "Video to reconstruct (required)", undefined),
  output_video_dir: text("DIR", "Folder of <name>_reconstructed.mp4", "tmp"),
  output: text("FILE", "Write there instead", undefined),
  config: text("NAME|FILE", "Shipped config or a yaml file", "vidtok_kl_causal_488_4chn"),
  ckpt: text("FILE", "Weights: torch or safetensors; without it they are random", undefined),
  allow_missing: toggle("Leave weights random that the checkpoint lacks", false),
  fit: choice(
    "How frames fit: cropped, with borders, or as they are",
    ["crop", "contain", "native"],
    "crop",
  ),
  input_height: number("Rows; crop scales the shorter side to it", undefined, side),
  input_width: number("Columns", undefined, side),
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
