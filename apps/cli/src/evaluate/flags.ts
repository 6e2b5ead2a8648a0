import { commonFlags } from "../args/commonFlags.ts";
import { text } from "../args/flag.ts";
import { metricsFlags } from "../metrics/flags.ts";
import { reconstructFlags } from "../reconstruct/flags.ts";

const { config, ckpt, allow_missing, fit, input_height, input_width } = reconstructFlags;
const { sample_fps, chunk_size } = reconstructFlags;
const { num_frames_per_batch, read_long_video, precision, seed } = reconstructFlags;
const { backend, threads } = reconstructFlags;
const { metrics, report, csv, json } = metricsFlags;

/** The flags of `vidtok evaluate`: the reference's, where results go, and where to compute. */
export const evaluateFlags = {
  data_dir: text("DIR", "Folder of the videos", "./"),
  meta_path: text("FILE", "Csv file that lists them in a column videos", undefined, {
    shown: "every .mp4 below DIR",
  }),
  metrics,
  report,
  csv,
  ...{ config, ckpt, allow_missing, fit, input_height, input_width, sample_fps, chunk_size },
  ...{ num_frames_per_batch, read_long_video, precision, seed, backend, threads },
  ...commonFlags,
  json,
} as const;
