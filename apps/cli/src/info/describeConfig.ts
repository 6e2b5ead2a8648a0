import { loadConfig, modelConfig } from "@vidtok/model";
import type { FsqConfig, KlConfig } from "@vidtok/model";

/** What a config describes, as far as a user chooses by it. */
export interface ConfigInfo {
  readonly kind: "config";
  readonly path: string;
  readonly family: string;
  readonly regularizer: string;
  /** Frames, rows and columns of a clip per latent. */
  readonly compression: readonly [t: number, h: number, w: number];
  readonly latentChannels: number;
  /** Tokens of an FSQ model, else null. */
  readonly codebookSize: number | null;
  readonly baseChannels: number;
  readonly channelMultipliers: readonly number[];
  readonly normalization: string;
}

/** Reads a config and tells what model it makes. */
export function describeConfig(path: string): ConfigInfo {
  const { encoder, regularizer } = modelConfig(loadConfig(path));
  const side = 2 ** encoder.spatialDown.length;
  return {
    kind: "config",
    path,
    family: encoder.family,
    regularizer: regularizer.kind,
    compression: [encoder.timeDownsampleFactor, side, side],
    latentChannels: encoder.zChannels,
    codebookSize: codebookSize(regularizer),
    baseChannels: encoder.channels,
    channelMultipliers: encoder.channelMultipliers,
    normalization: encoder.normType,
  };
}

function codebookSize(regularizer: KlConfig | FsqConfig): number | null {
  if (regularizer.kind === "kl") return null;
  return regularizer.levels.reduce((product, levels) => product * levels, 1);
}
