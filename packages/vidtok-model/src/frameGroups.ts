import { concat, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import type { Decoder } from "./decoder.ts";
import type { Encoder } from "./encoder.ts";
import { StreamState } from "./streamState.ts";
import type { Parts } from "./tiles/parts.ts";
import { emptyStates, freeStates } from "./tiles/segmentState.ts";
import { throughSegments } from "./tiles/throughSegments.ts";

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
 * The moments of frames x `[n, c, t, h, w]`, group by group and in each segment by segment, with
 * the numbers that all at once would have. Frames at the end that fill no latent frame are not
 * seen.
 */
export function encodeInGroups(
  encoder: Encoder,
  { timeDownsampleFactor: f }: NetworkConfig,
  x: Tensor,
  place: Place,
  parts: Parts,
): Grouped {
  const fitted = place.before ? x : encoder.fit(x);
  const latents = Math.floor(fitted.shape[2]! / f);
  const ends = groupEnds(latents, parts.latents).map((end) => end * f);
  return inGroups(encoder, fitted, ends, place, parts);
}

/** The frames of latents z `[n, z, t, h, w]`, likewise. */
export function decodeInGroups(decoder: Decoder, z: Tensor, place: Place, parts: Parts): Grouped {
  const { y, state } = inGroups(decoder, z, groupEnds(z.shape[2]!, parts.latents), place, parts);
  return { y: place.before ? y : decoder.trim(y), state };
}

/** Where groups end that are about equally long. */
function groupEnds(latents: number, most: number): number[] {
  const length = Math.ceil(latents / Math.ceil(latents / most));
  return Array.from({ length: Math.ceil(latents / length) }, (_, i) =>
    Math.min((i + 1) * length, latents),
  );
}

function inGroups(
  half: Encoder | Decoder,
  x: Tensor,
  ends: readonly number[],
  { before, ends: isEnd }: Place,
  parts: Parts,
): Grouped {
  const segments = half.segments();
  const [n, , , height, width] = x.shape as [number, number, number, number, number];
  const size = [n, height, width] as const;
  const states = before?.take(half, size) ?? emptyStates(segments, parts.edges, height, width);
  try {
    const groups = ends.map((end, i) => {
      const group = slice(x, 2, ends[i - 1] ?? 0, end);
      return throughSegments(group, segments, states, isEnd && i + 1 === ends.length);
    });
    const y = groups.length === 1 ? groups[0]! : concat(groups, 2);
    return { y, state: new StreamState(half, size, parts, states) };
  } catch (error) {
    freeStates(states);
    throw error;
  }
}

/** The moments of a clip x `[n, c, t, h, w]` that is computed at once, in tiles. */
export function encodeInTiles(encoder: Encoder, x: Tensor, { edges }: Parts): Tensor {
  return inTiles(encoder, encoder.fit(x), edges);
}

/** The frames of the latents z of a clip, likewise. */
export function decodeInTiles(decoder: Decoder, z: Tensor, { edges }: Parts): Tensor {
  return decoder.trim(inTiles(decoder, z, edges));
}

function inTiles(half: Encoder | Decoder, x: Tensor, edges: readonly number[]): Tensor {
  const states = edges.map((edge) => ({ edge, caches: undefined }));
  return throughSegments(x, half.segments(), states, true);
}
