import { pad, ShapeError, show, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import { isTemporalDown } from "./encoder.ts";
import { traitsOf } from "./families/traitsOf.ts";

/**
 * What happens to a clip whose length does not come back from the decoder: `reference` encodes it as the published system does (frames are
 * lost), `strict` is an error that names the lengths that fit, `pad` repeats the last frame and cuts the reconstruction.
 */
export type Lengths = "reference" | "strict" | "pad";

/** How many pixels in height and in width become one latent position. */
export function spatialFactor(config: NetworkConfig): number {
  const levels = config.channelMultipliers.length;
  return 2 ** config.spatialDown.filter((level) => level < levels).length;
}

/** Throws where an encoder cannot take a clip of this shape. */
export function checkClip(op: string, x: Tensor, config: NetworkConfig): void {
  const [, channels, frames, height, width] = x.shape;
  if (x.shape.length !== 5 || x.shape.some((size) => size === 0)) {
    throw new ShapeError(`${op}: input ${show(x.shape)} has to be a clip [n, c, t, h, w]`);
  }
  if (channels !== config.inChannels) {
    throw new ShapeError(
      `${op}: input ${show(x.shape)} has ${channels} channels but the model takes ${config.inChannels}`,
    );
  }
  const stride = spatialFactor(config);
  if (Math.min(height!, width!) < stride) {
    throw new ShapeError(
      `${op}: frames of ${width} x ${height} are smaller than the spatial stride of ${stride}`,
    );
  }
  const levels = config.channelMultipliers.keys();
  const least = 2 ** [...levels].filter((level) => isTemporalDown(config, level)).length;
  if (!traitsOf(config).isCausal && frames! < least) {
    throw new ShapeError(
      `${op}: ${frames} ${frames === 1 ? "frame is" : "frames are"} too few for a non-causal stride of ${least}; ` +
        `use at least ${least}`,
    );
  }
}

/** The clip at a length that fits, as `lengths` says. */
export function fitLength(op: string, x: Tensor, config: NetworkConfig, lengths: Lengths): Tensor {
  const frames = x.shape[2]!;
  const { timeDownsampleFactor } = config;
  const [below, above] = traitsOf(config).fittingLengths(frames, timeDownsampleFactor);
  if (lengths === "reference" || frames === above) return x;
  if (lengths === "pad") return pad(x, 2, 0, above - frames, "replicate");
  const kind = traitsOf(config).isCausal ? "causal" : "non-causal";
  const which = below > 0 ? `${below} or ${above}` : `${above}`;
  throw new ShapeError(
    `${op}: ${frames} frames do not fit a ${kind} stride of ${config.timeDownsampleFactor}; ` +
      `use ${which}, or pass { lengths: "pad" }`,
  );
}

/**
 * Throws where a stream cannot continue with as many frames: each call but the first fills latent
 * frames.
 */
export function checkStreamLength(
  op: string,
  x: Tensor,
  config: NetworkConfig,
  isBeginning: boolean,
): void {
  const [frames, stride] = [x.shape[2]!, config.timeDownsampleFactor];
  if (isBeginning ? traitsOf(config).canBegin(frames, stride) : frames % stride === 0) return;
  const below = Math.floor(frames / stride) * stride;
  const first = isBeginning ? 1 : 0;
  const which = below + first > 0 ? `${below + first} or ` : "";
  throw new ShapeError(
    `${op}: ${frames} frames do not ${isBeginning ? "begin" : "continue"} a video for a causal stride of ${stride}; ` +
      `use ${which}${below + stride + first}`,
  );
}

/** Cuts a reconstruction back to the length of its clip, as far as the family or `lengths` say. */
export function cutLength(
  recon: Tensor,
  frames: number,
  config: NetworkConfig,
  lengths: Lengths,
): Tensor {
  const cropped = traitsOf(config).crop(recon, frames);
  return lengths === "pad" && cropped.shape[2]! > frames ? slice(cropped, 2, 0, frames) : cropped;
}
