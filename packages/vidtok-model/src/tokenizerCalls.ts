import type { Precision, Tensor } from "@vidtok/tensor";
import type { Tiling } from "./chunks.ts";
import type { Lengths } from "./lengths.ts";
import type { RegLog } from "./regularizers/regularizer.ts";
import type { StreamState } from "./streamState.ts";

/** Options of `encode`. */
export interface EncodeOptions {
  /**
   * KL: whether latents get noise; default: the config's `sample`, which is true in all published
   * models.
   */
  readonly sample?: boolean;
  /** FSQ: whether to compute `aux_loss`; default: while gradients are recorded. */
  readonly losses?: boolean;
  /**
   * Steps of both optimizers so far; FSQ's entropy weight is annealed over half of it. Default 0.
   */
  readonly globalStep?: number;
  /** What to do with a clip length that does not come back whole; default `reference`. */
  readonly lengths?: Lengths;
  /** Whether to apply the config's dropout; default false. */
  readonly training?: boolean;
  /** v1.1: the reference's chunked mode; default: the config's `use_tiling` and `t_chunk_enc`. */
  readonly tiling?: Tiling | undefined;
}

/** What `encode` returns. */
export interface Encoded {
  /** Latents `[n, z, t', h', w']`. */
  readonly z: Tensor;
  readonly regLog: RegLog;
  /** The encoder's own output, `[n, z or 2z, t', h', w']`. */
  readonly moments: Tensor;
}

/** What `forward` returns. */
export interface Forwarded {
  readonly z: Tensor;
  /** The reconstruction `[n, c, t, h, w]`, not limited to [-1, 1]. */
  readonly recon: Tensor;
  readonly regLog: RegLog;
}

/** Options of `encodeStream` and `decodeStream`. */
export interface StreamOptions {
  /** Where the frames before stopped; it is used up. Without it a video begins. */
  readonly before?: StreamState | undefined;
  /** KL: whether latents get noise; default: the config's `sample`. */
  readonly sample?: boolean;
  /**
   * Whether the video ends with these frames or latents; default false. A v1.1 decoder returns the
   * last `timeDownsampleFactor` − 1 frames only then.
   */
  readonly ends?: boolean;
}

/** Where the frames of a video stopped. */
export interface Streamed {
  /** State that the next call continues; `free()` it where there is none. */
  readonly state: StreamState;
}

/** Options of a `Tokenizer` that are not part of its config. */
export interface TokenizerOptions {
  /** Number format of convolutions and matrix products; default `f32`. */
  readonly precision?: Precision;
  /** Seed of latent noise and dropout; default 0. */
  readonly seed?: number;
  /**
   * Bytes that all tensors may take together while a clip is encoded or decoded without gradients,
   * weights included; where it does not fit at once, it is computed in groups of frames and tiles,
   * with the same numbers. Default: what the machine has free.
   */
  readonly memoryBudget?: number | undefined;
}
