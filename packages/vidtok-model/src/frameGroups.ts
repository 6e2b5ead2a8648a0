import { chain, concat, forwardScope, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import { isTemporalUp } from "./decoder.ts";
import type { Decoder } from "./decoder.ts";
import { isTemporalDown } from "./encoder.ts";
import type { Encoder } from "./encoder.ts";
import { traitsOf } from "./families/traitsOf.ts";
import { runSegment } from "./layers/segment.ts";
import type { Segment } from "./layers/segment.ts";
import { StreamCache } from "./layers/streamCache.ts";
import { spatialFactor } from "./lengths.ts";
import { StreamState } from "./streamState.ts";

// Of a group, whose frames wait between segments: 17 frames of 256 × 256, with the 3 in front, are
// one.
const groupPixels = 5 * 2 ** 18;

/**
 * Whether both halves compute a video piece by piece: they are causal, and their levels change time
 * as much as their configs say.
 */
export function isStreamable(encoder: NetworkConfig, decoder: NetworkConfig): boolean {
  const factor = (config: NetworkConfig, changes: typeof isTemporalDown): number =>
    2 ** config.channelMultipliers.filter((_, level) => changes(config, level)).length;
  return (
    traitsOf(encoder).isCausal &&
    encoder.family === decoder.family &&
    factor(encoder, isTemporalDown) === encoder.timeDownsampleFactor &&
    factor(decoder, isTemporalUp) === decoder.timeDownsampleFactor
  );
}

/** Where in a video its frames are. */
export interface Place {
  /** Used up; without it the video begins. */
  readonly before?: StreamState | undefined;
  /** Whether the video ends with these frames. */
  readonly ends: boolean;
}

/** A result, and where the video stopped. */
export interface Grouped {
  readonly y: Tensor;
  readonly state: StreamState;
}

/**
 * The moments of frames x `[n, c, t, h, w]`, group by group and in each segment by segment, with the numbers that all at once would have.
 * Frames at the end that fill no latent frame are not seen.
 */
export function encodeInGroups(
  encoder: Encoder,
  { timeDownsampleFactor: f }: NetworkConfig,
  x: Tensor,
  place: Place,
): Grouped {
  const fitted = place.before ? x : encoder.fit(x);
  const [n, , frames, height, width] = fitted.shape as [number, number, number, number, number];
  const latents = Math.floor(frames / f);
  const ends = groupEnds(latents, n * f * height * width).map((end) => end * f);
  return inGroups(encoder, fitted, ends, place);
}

/** The frames of latents z `[n, z, t, h, w]`, likewise. */
export function decodeInGroups(
  decoder: Decoder,
  config: NetworkConfig,
  z: Tensor,
  place: Place,
): Grouped {
  const [n, , latents, height, width] = z.shape as [number, number, number, number, number];
  const frame = height * width * spatialFactor(config) ** 2;
  const ends = groupEnds(latents, n * config.timeDownsampleFactor * frame);
  const { y, state } = inGroups(decoder, z, ends, place);
  return { y: place.before ? y : decoder.trim(y), state };
}

/**
 * Where groups of latent frames end that are about equally long, each of which stands for `pixels`
 * pixels of the video.
 */
function groupEnds(latents: number, pixels: number): number[] {
  const most = Math.max(1, Math.floor(groupPixels / pixels));
  const length = Math.ceil(latents / Math.ceil(latents / most));
  return Array.from({ length: Math.ceil(latents / length) }, (_, i) =>
    Math.min((i + 1) * length, latents),
  );
}

function inGroups(
  half: { segments(): readonly Segment[] },
  x: Tensor,
  ends: readonly number[],
  { before, ends: isEnd }: Place,
): Grouped {
  const segments = half.segments();
  const [n, , , height, width] = x.shape as [number, number, number, number, number];
  const size = [n, height, width] as const;
  const caches = before?.take(half, size) ?? segments.map(() => new StreamCache());
  const compute = (group: Tensor, isLast: boolean): Tensor =>
    chain(
      group,
      segments.map((segment, i) => (h) => {
        const y = runSegment(h, segment, caches[i]!, isLast);
        if (isLast) caches[i]!.free();
        return y;
      }),
    );
  try {
    const parts = ends.map((end, i) =>
      forwardScope(() =>
        compute(slice(x, 2, ends[i - 1] ?? 0, end), isEnd && i + 1 === ends.length),
      ),
    );
    const y = parts.length === 1 ? parts[0]! : concat(parts, 2);
    return { y, state: new StreamState(half, size, caches) };
  } catch (error) {
    for (const cache of caches) cache.free();
    throw error;
  }
}
