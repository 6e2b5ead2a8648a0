import type { VidTokDatasetParams } from "@vidtok/data";
import { valueError } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import { flagAt, lookup, numberAt, textAt } from "./lookup.ts";

const TARGET = "vidtok.data.vidtok.VidTokDataset";

/** The dataset described at `path`, its values checked. */
export function datasetParams(config: ConfigNode, path: string): VidTokDatasetParams {
  const target = textAt(config, `${path}.target`);
  if (target !== TARGET) {
    throw valueError(`${path}.target`, `is ${target ?? "missing"}; training takes ${TARGET}`);
  }
  const own = `${path}.params`;
  const video = `${own}.video_params`;
  const whole = { least: 1, whole: true };
  const dir = textAt(config, `${own}.data_dir`);
  if (dir === undefined) {
    throw valueError(
      `${own}.data_dir`,
      `is missing and has to be a folder; add ${own}.data_dir=FOLDER`,
    );
  }
  const start = `${own}.start_index`;
  return {
    data_dir: dir,
    meta_path: textAt(config, `${own}.meta_path`),
    video_params: {
      input_height: numberAt(config, `${video}.input_height`, whole),
      input_width: numberAt(config, `${video}.input_width`, whole),
      sample_num_frames: numberAt(config, `${video}.sample_num_frames`, whole),
      sample_fps: numberAt(config, `${video}.sample_fps`, { least: Number.MIN_VALUE }),
    },
    data_frac: numberAt(config, `${own}.data_frac`, { fallback: 1, least: 0 }),
    is_strict_loading: flagAt(config, `${own}.is_strict_loading`, false),
    skip_missing_files: flagAt(config, `${own}.skip_missing_files`, true),
    ...(lookup(config, start) === undefined
      ? {}
      : { start_index: numberAt(config, start, { least: 0, whole: true }) }),
  };
}
