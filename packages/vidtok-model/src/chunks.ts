import { chain, concat, ShapeError, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import type { Decoder } from "./decoder.ts";
import type { Encoder } from "./encoder.ts";
import { traitsOf } from "./families/traitsOf.ts";
import { ChunkCache } from "./layers/chunkCache.ts";
import type { Chunk } from "./layers/chunkCache.ts";
import type { Segment } from "./layers/segment.ts";
import { runs } from "./layers/stage.ts";

/**
 * The reference's chunked mode for long videos, by its names. Its results have seams where
 * interpolation in time meets the end of a chunk; `encodeStream` and `decodeStream` have none.
 */
export interface Tiling {
  /** Frames of a chunk of a clip, after a first chunk of one frame; a multiple of the stride. */
  readonly t_chunk_enc: number;
  /** Latent frames of a chunk, after a first chunk of one; default `t_chunk_enc` / stride. */
  readonly t_chunk_dec?: number;
  /** Whether a chunk is decoded with the first latent frame of the next one; default false. */
  readonly use_overlap?: boolean;
}

// Strides for which the reference says how many frames are kept of a look-ahead.
const overlapStrides = [2, 4, 8];

/** Throws unless networks of these configs have a chunked mode with these numbers. */
export function checkTiling(op: string, config: NetworkConfig, tiling: Tiling): void {
  if (config.family !== "causal v1.1") {
    throw new ShapeError(
      `${op}: tiling is of v1.1 models, this one is ${config.family}; ` +
        (traitsOf(config).isCausal ? "use encodeStream and decodeStream" : "leave tiling out"),
    );
  }
  const { t_chunk_enc, t_chunk_dec = 1, use_overlap = false } = tiling;
  const stride = config.timeDownsampleFactor;
  if (!Number.isInteger(t_chunk_enc) || t_chunk_enc < 1 || t_chunk_enc % stride !== 0) {
    throw new ShapeError(
      `${op}: t_chunk_enc is ${t_chunk_enc} and has to be a multiple of the stride ${stride}`,
    );
  }
  if (!Number.isInteger(t_chunk_dec) || t_chunk_dec < 1) {
    throw new ShapeError(
      `${op}: t_chunk_dec is ${t_chunk_dec} and has to be a whole number of at least 1`,
    );
  }
  if (use_overlap && !overlapStrides.includes(stride)) {
    throw new ShapeError(
      `${op}: use_overlap needs a stride of ${overlapStrides.join(", ")}, this one is ${stride}`,
    );
  }
}

/** The moments of each chunk of a clip. */
export function encodeChunks(encoder: Encoder, x: Tensor, { t_chunk_enc }: Tiling): Tensor[] {
  return runChunks((cache) =>
    chunksOf(x.shape[2]!, t_chunk_enc).map(([start, end], i) => {
      const chunk = encoder.fit(slice(x, 2, start, end));
      return run(encoder, chunk, cache, { isFirst: i === 0, ahead: 0 });
    }),
  );
}

/** The frames of latents z, chunk by chunk. */
export function decodeChunks(
  decoder: Decoder,
  { timeDownsampleFactor: stride }: NetworkConfig,
  z: Tensor,
  { t_chunk_enc, t_chunk_dec = t_chunk_enc / stride, use_overlap = false }: Tiling,
): Tensor {
  const latents = z.shape[2]!;
  const frames = runChunks((cache) =>
    chunksOf(latents, t_chunk_dec).map(([start, end], i) => {
      const ahead = use_overlap && end < latents ? 1 : 0;
      const chunk = slice(z, 2, start, end + ahead);
      const y = run(decoder, chunk, cache, { isFirst: i === 0, ahead });
      return slice(y, 2, 0, y.shape[2]! - ahead * stride);
    }),
  );
  return concat(frames, 2);
}

/** One frame, then runs of `size`. */
function chunksOf(length: number, size: number): (readonly [start: number, end: number])[] {
  const starts = [0];
  for (let start = 1; start < length; start += size) starts.push(start);
  return starts.map((start, i) => [start, starts[i + 1] ?? length] as const);
}

function runChunks<T>(compute: (cache: ChunkCache) => T): T {
  const cache = new ChunkCache();
  try {
    return compute(cache);
  } finally {
    cache.free();
  }
}

function run(
  half: { segments(): readonly Segment[] },
  x: Tensor,
  cache: ChunkCache,
  chunk: Omit<Chunk, "frames">,
): Tensor {
  cache.begin({ ...chunk, frames: x.shape[2]! });
  const stages = half.segments().flatMap((segment) => segment.stages);
  return chain(x, runs(stages, cache));
}
