import { concat, forwardScope, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import { isTemporalUp } from "./decoder.ts";
import type { Decoder } from "./decoder.ts";
import { isTemporalDown } from "./encoder.ts";
import type { Encoder } from "./encoder.ts";
import { Past } from "./layers/past.ts";
import type { StreamState } from "./layers/past.ts";
import { spatialFactor } from "./lengths.ts";

// Of one group: enough to keep every core busy in the deepest layer, little next to the weights in the first.
const groupPixels = 2 ** 18;

/** A result, and where the video stopped. */
export interface Grouped {
  readonly y: Tensor;
  readonly state: StreamState;
}

/** Whether both halves compute a video piece by piece: they are causal, and their levels change time as much as their configs say. */
export function isStreamable(encoder: NetworkConfig, decoder: NetworkConfig): boolean {
  const factor = (config: NetworkConfig, changes: typeof isTemporalDown): number =>
    2 ** config.channelMultipliers.filter((_, level) => changes(config, level)).length;
  return (
    encoder.family === "causal" &&
    decoder.family === "causal" &&
    factor(encoder, isTemporalDown) === encoder.timeDownsampleFactor &&
    factor(decoder, isTemporalUp) === decoder.timeDownsampleFactor
  );
}

/**
 * The moments of frames x `[n, c, t, h, w]`, in groups of a few, with the numbers that all at once would have. They go on at `before`,
 * which is used up; frames at the end that fill no latent frame are not seen.
 */
export function encodeInGroups(
  encoder: Encoder,
  config: NetworkConfig,
  x: Tensor,
  before?: StreamState,
): Grouped {
  const [n, , frames, height, width] = x.shape as [number, number, number, number, number];
  const { timeDownsampleFactor: f } = config;
  // What the encoder repeats of a video's first frame is part of the first group.
  const repeated = before === undefined && frames % f !== 0 ? f - 1 : 0;
  const latents = Math.floor((frames + repeated) / f);
  const ends = groupEnds(latents, n * f * height * width).map((end) => end * f - repeated);
  return inGroups(x, ends, before, (group, past) => encoder.forward(group, { past }));
}

/** The frames of latents z `[n, z, t, h, w]`, likewise. */
export function decodeInGroups(
  decoder: Decoder,
  config: NetworkConfig,
  z: Tensor,
  before?: StreamState,
): Grouped {
  const [n, , latents, height, width] = z.shape as [number, number, number, number, number];
  const frame = height * width * spatialFactor(config) ** 2;
  const ends = groupEnds(latents, n * config.timeDownsampleFactor * frame);
  return inGroups(z, ends, before, (group, past) => decoder.forward(group, { past }));
}

/** Where the groups of latent frames end, each of which stands for `pixels` pixels of the video. */
function groupEnds(latents: number, pixels: number): number[] {
  const length = Math.max(1, Math.floor(groupPixels / pixels));
  return Array.from({ length: Math.ceil(latents / length) }, (_, i) =>
    Math.min((i + 1) * length, latents),
  );
}

function inGroups(
  x: Tensor,
  ends: readonly number[],
  before: StreamState | undefined,
  pass: (group: Tensor, past: Past) => Tensor,
): Grouped {
  let state = before;
  const parts = ends.map((end, i) => {
    const past = new Past(state);
    try {
      const part = forwardScope(() => pass(slice(x, 2, ends[i - 1] ?? 0, end), past));
      state = past.state;
      return part;
    } catch (error) {
      for (const spent of [state, past.state]) spent?.free();
      throw error;
    }
  });
  return { y: parts.length === 1 ? parts[0]! : concat(parts, 2), state: state! };
}
