import { valueError } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import { flagAt, lookup, numberAt } from "../config/lookup.ts";

/** Part of a run that clips come from. */
export type Split = "train" | "val";

/** When reconstructions are shown, and how. */
export interface ImageLoggerSettings {
  /** Batches from one time to the next, for each split. */
  readonly every: Readonly<Record<Split, number>>;
  /** Clips of a batch that are shown. */
  readonly maxSamples: number;
  /** Also at batches 1, 2, 4, … below `every`, in the first epoch of training. */
  readonly isDenseAtFirst: boolean;
  /** Also at the first batch of an epoch. */
  readonly showsFirstBatch: boolean;
  /** Also before anything was learned. */
  readonly showsUntrained: boolean;
  /** Frames next to each other in a grid. */
  readonly columns: number;
  /** Of the video, frames per second. */
  readonly fps: number;
}

const PATH = "lightning.callbacks.image_logger.params";

// What the reference can switch off or do otherwise; only this is done here.
const FIXED: Readonly<Record<string, boolean>> = {
  clamp: true,
  rescale: true,
  log_on_batch_idx: true,
};

const KEYS =
  "disabled batch_frequency batch_frequency_val max_samples increase_log_steps log_first_step " +
  "log_before_first_step log_images_kwargs video_fps clamp rescale log_on_batch_idx enable_autocast";

/** The image logger's options; null where the config has none or disables it. */
export function imageLoggerSettings(config: ConfigNode): ImageLoggerSettings | null {
  if (lookup(config, PATH) === undefined || flagAt(config, `${PATH}.disabled`, false)) return null;
  checkKeys(config, PATH, KEYS);
  checkKeys(config, `${PATH}.log_images_kwargs`, "n_rows");
  checkFixed(config);
  const count = (key: string, fallback?: number): number =>
    numberAt(config, `${PATH}.${key}`, {
      least: 1,
      whole: true,
      ...(fallback === undefined ? {} : { fallback }),
    });
  const flag = (key: string): boolean => flagAt(config, `${PATH}.${key}`, true);
  const every = count("batch_frequency");
  return {
    every: { train: every, val: count("batch_frequency_val", every) },
    maxSamples: count("max_samples"),
    isDenseAtFirst: flag("increase_log_steps"),
    showsFirstBatch: flag("log_first_step"),
    showsUntrained: flag("log_before_first_step"),
    // The reference calls the frames of a row "rows", after torchvision's `nrow`; 8 is its default.
    columns: count("log_images_kwargs.n_rows", 8),
    fps: numberAt(config, `${PATH}.video_fps`, { fallback: 8, least: Number.MIN_VALUE }),
  };
}

/** Whether to show batch `batchIndex` of the epoch, counted from 0. */
export function isDue(
  { every, isDenseAtFirst, showsFirstBatch }: ImageLoggerSettings,
  { split, epoch, batchIndex }: BatchPlace,
): boolean {
  if (batchIndex === 0) return showsFirstBatch;
  if (batchIndex % every[split] === 0) return true;
  const isPowerOfTwo = batchIndex < every.train && Number.isInteger(Math.log2(batchIndex));
  return isDenseAtFirst && split === "train" && epoch === 0 && isPowerOfTwo;
}

/** Where in a run a batch is; everything counts from 0. */
export interface BatchPlace {
  readonly split: Split;
  readonly epoch: number;
  /** In its epoch, or in its validation. */
  readonly batchIndex: number;
}

function checkKeys(config: ConfigNode, path: string, names: string): void {
  const known = names.split(" ");
  const unknown = Object.keys(lookup(config, path) ?? {}).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw valueError(`${path}.${unknown}`, `means nothing here; known are ${known.join(", ")}`);
}

function checkFixed(config: ConfigNode): void {
  for (const [key, value] of Object.entries(FIXED)) {
    if (flagAt(config, `${PATH}.${key}`, value) === value) continue;
    throw valueError(
      `${PATH}.${key}`,
      `is ${!value} and has to be ${value}: pictures are clamped to [-1, 1] ` +
        `and scaled to 0…255, and batches are counted`,
    );
  }
}
