import { disposeWeights, parameters } from "@vidtok/nn";
import type { LoadReport, Parameter } from "@vidtok/nn";
import {
  concat,
  forwardScope,
  isRecording,
  noGrad,
  Random,
  scope,
  ShapeError,
  show,
  sizeOf,
  tensor,
  withPrecision,
} from "@vidtok/tensor";
import type { Precision, Tensor } from "@vidtok/tensor";
import { checkTiling, decodeChunks, encodeChunks } from "./chunks.ts";
import type { Tiling } from "./chunks.ts";
import type { ModelConfig } from "./config/modelConfig.ts";
import { Decoder } from "./decoder.ts";
import { Encoder } from "./encoder.ts";
import { traitsOf } from "./families/traitsOf.ts";
import { decodeInGroups, encodeInGroups, isStreamable } from "./frameGroups.ts";
import type { Dropout } from "./layers/resBlock.ts";
import { checkClip, checkStreamLength, cutLength, fitLength, spatialFactor } from "./lengths.ts";
import type { Lengths } from "./lengths.ts";
import { FsqRegularizer } from "./regularizers/fsq.ts";
import { joinChunks } from "./regularizers/joinChunks.ts";
import { DiagonalGaussianRegularizer } from "./regularizers/kl.ts";
import type { RegLog } from "./regularizers/regularizer.ts";
import { loadState } from "./state.ts";
import type { StateSource } from "./state.ts";
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
}

/** A video tokenizer: clips `[n, 3, t, h, w]` in [-1, 1] to latents or code numbers, and back. */
export class Tokenizer {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly regularization: DiagonalGaussianRegularizer | FsqRegularizer;
  readonly config: ModelConfig;
  /** Where noise comes from; assign one made from a saved `state` to continue where it stood. */
  random: Random;
  readonly #precision: Precision;

  constructor(config: ModelConfig, { precision = "f32", seed = 0 }: TokenizerOptions = {}) {
    const { regularizer } = config;
    this.encoder = new Encoder(config.encoder);
    this.decoder = new Decoder(config.decoder);
    this.regularization =
      regularizer.kind === "kl"
        ? new DiagonalGaussianRegularizer(regularizer)
        : new FsqRegularizer(regularizer);
    if (config.encoder.fixEncoder) freeze(this.encoder);
    if (config.decoder.fixDecoder) freeze(this.decoder);
    this.config = config;
    this.random = new Random(seed);
    this.#precision = precision;
  }

  /** Whether a frame's latents depend on no later frame. */
  get isCausal(): boolean {
    return traitsOf(this.config.encoder).isCausal;
  }

  /** How many frames become one latent frame. */
  get timeDownsampleFactor(): number {
    return this.config.encoder.timeDownsampleFactor;
  }

  /** How many pixels, in height and in width, become one latent position. */
  get spatialDownsampleFactor(): number {
    return spatialFactor(this.config.encoder);
  }

  /** FSQ: the number of codes; null for KL. */
  get codebookSize(): number | null {
    const { regularization } = this;
    return regularization instanceof FsqRegularizer ? regularization.codebookSize : null;
  }

  /**
   * Encodes and decodes a clip. Losses are computed unless `losses` is false.
   *
   * @example
   * const { recon } = noGrad(() => model.forward(clip, { sample: false }));
   */
  forward(x: Tensor, options: EncodeOptions = {}): Forwarded {
    return forwardScope(() => {
      const { lengths = "reference" } = options;
      const { z, regLog } = this.#encode("forward", x, { losses: true, ...options });
      const dropout = this.#dropout(this.config.decoder.dropout, options);
      const recon = this.#decode("forward", z, { dropout, tiling: options.tiling });
      return { z, recon: cutLength(recon, x.shape[2]!, this.config.encoder, lengths), regLog };
    });
  }

  /** Latents of a clip. */
  encode(x: Tensor, options: EncodeOptions = {}): Encoded {
    return forwardScope(() => this.#encode("encode", x, options));
  }

  /** A clip of latents `[n, z, t', h', w']`; v1.1 models return the frames put in front, too. */
  decode(z: Tensor, options: Pick<EncodeOptions, "tiling"> = {}): Tensor {
    this.#checkLatents("decode", z);
    return forwardScope(() => this.#decode("decode", z, options));
  }

  /** A clip of the code numbers that an FSQ model's `encode` reports as `regLog.indices`. */
  decodeIndices(indices: Tensor, options: Pick<EncodeOptions, "tiling"> = {}): Tensor {
    const { regularization } = this;
    if (!(regularization instanceof FsqRegularizer)) {
      throw new ShapeError(
        "decodeIndices: a model with a KL regularizer has no code numbers; use decode(z)",
      );
    }
    const codes = () => regularization.decode(indices);
    return forwardScope(() => this.#decode("decodeIndices", codes(), options));
  }

  /**
   * Latents of the next frames of a video, in memory that does not grow with it: with `sample: false` the numbers that `encode` has for
   * the whole video. Without `before` the video begins, with one frame or one more than a multiple of `timeDownsampleFactor`; then come
   * multiples of it. No gradients are recorded.
   *
   * @example
   * let state: StreamState | undefined;
   * for (const frames of video) ({ z, state } = model.encodeStream(frames, { before: state }));
   */
  encodeStream(x: Tensor, options: StreamOptions = {}): Encoded & Streamed {
    const { before, sample, ends = false } = options;
    this.#checkStream("encodeStream", "encode");
    checkClip("encodeStream", x, this.config.encoder);
    checkStreamLength("encodeStream", x, this.config.encoder, before === undefined);
    return this.#stream(() => {
      const { encoder, config } = this;
      const { y, state } = encodeInGroups(encoder, config.encoder, x, { before, ends });
      return { ...this.#regularize(y, sample === undefined ? {} : { sample }), state };
    });
  }

  /**
   * Frames of the next latents of a video, `[n, z, t', h', w']`, likewise: where it begins, the
   * first latent is one frame.
   */
  decodeStream(
    z: Tensor,
    { before, ends = false }: Omit<StreamOptions, "sample"> = {},
  ): { readonly recon: Tensor } & Streamed {
    this.#checkStream("decodeStream", "decode");
    this.#checkLatents("decodeStream", z);
    return this.#stream(() => {
      const place = { before, ends };
      const { y, state } = decodeInGroups(this.decoder, this.config.decoder, z, place);
      return { recon: y, state };
    });
  }

  /** Every weight by its name in checkpoints, in the reference's order. */
  namedParameters(): Map<string, Parameter> {
    return parameters(this);
  }

  /** The weights that training changes: all but those of a half that the config fixes. */
  trainableParameters(): Map<string, Parameter> {
    return new Map([...this.namedParameters()].filter(([, { trainable }]) => trainable));
  }

  /** The values of all weights by name; they are the model's own, not copies. */
  stateDict(): Map<string, Tensor> {
    return new Map([...this.namedParameters()].map(([name, { value }]) => [name, value]));
  }

  /**
   * Copies weights into the model. A wrong shape is an error, and so are missing and unexpected
   * names unless `strict` is false.
   */
  loadStateDict(
    state: ReadonlyMap<string, StateSource>,
    options: { readonly strict?: boolean } = {},
  ): LoadReport {
    return loadState(this.namedParameters(), state, options);
  }

  /**
   * Frees the weights, with what the backend keeps for them; whatever uses the model afterwards is
   * an error. Tensors it returned stay.
   */
  dispose(): void {
    disposeWeights(this, "Tokenizer: disposed; create a new one with createModel");
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #encode(op: string, x: Tensor, options: EncodeOptions): Encoded {
    const { encoder: config } = this.config;
    checkClip(op, x, config);
    const tiling = this.#tiling(op, options);
    const run = (): Encoded => {
      const clip = fitLength(op, x, config, options.lengths ?? "reference");
      if (tiling) return this.#encodeChunks(clip, tiling, options);
      const moments = this.#moments(clip, this.#dropout(config.dropout, options));
      return this.#regularize(moments, options);
    };
    return config.fixEncoder ? noGrad(() => forwardScope(run)) : run();
  }

  #regularize(moments: Tensor, options: EncodeOptions): Encoded {
    const { regularizer } = this.config;
    const pass = {
      steps: Math.floor((options.globalStep ?? 0) / 2),
      sample: options.sample ?? (regularizer.kind === "kl" && regularizer.sample),
      losses: options.losses ?? isRecording(),
      random: this.random,
    };
    return { moments, ...withPrecision("f32", () => this.regularization.forward(moments, pass)) };
  }

  #moments(x: Tensor, dropout?: Dropout): Tensor {
    return withPrecision(this.#precision, () => {
      if (dropout || !this.#isGrouped) return this.encoder.forward(x, { dropout });
      return encodeInGroups(this.encoder, this.config.encoder, x, { ends: true }).y;
    });
  }

  #encodeChunks(clip: Tensor, tiling: Tiling, options: EncodeOptions): Encoded {
    const chunks = withPrecision(this.#precision, () => encodeChunks(this.encoder, clip, tiling));
    const joined = joinChunks(chunks.map((moments) => this.#regularize(moments, options)));
    return { moments: concat(chunks, 2), ...joined };
  }

  #decode(
    op: string,
    z: Tensor,
    {
      dropout,
      ...options
    }: Pick<EncodeOptions, "tiling"> & { readonly dropout?: Dropout | undefined },
  ): Tensor {
    const tiling = this.#tiling(op, options);
    return withPrecision(this.#precision, () => {
      if (tiling) return decodeChunks(this.decoder, this.config.decoder, z, tiling);
      if (dropout || !this.#isGrouped) return this.decoder.forward(z, { dropout });
      return decodeInGroups(this.decoder, this.config.decoder, z, { ends: true }).y;
    });
  }

  #tiling(op: string, { tiling }: Pick<EncodeOptions, "tiling">): Tiling | undefined {
    const chosen = tiling ?? this.config.tiling;
    if (!chosen) return undefined;
    checkTiling(op, this.config.encoder, chosen);
    if (!isRecording()) return chosen;
    throw new Error(`${op}: tiling has no gradients; use noGrad, or leave tiling (use_tiling) out`);
  }

  // Gradients need what was computed of all frames anyway.
  get #isGrouped(): boolean {
    return !isRecording() && isStreamable(this.config.encoder, this.config.decoder);
  }

  #checkLatents(op: string, z: Tensor): void {
    const { zChannels } = this.config.decoder;
    if (z.shape.length === 5 && z.shape[1] === zChannels && z.shape[2]! > 0) return;
    throw new ShapeError(
      `${op}: latents ${show(z.shape)} have to be [n, ${zChannels}, t, h, w] for this model`,
    );
  }

  #stream<T>(pass: () => T): T {
    return noGrad(() => scope(() => withPrecision(this.#precision, pass)));
  }

  #checkStream(op: string, whole: string): void {
    const { encoder, decoder } = this.config;
    if (isStreamable(encoder, decoder)) return;
    const reason = this.isCausal
      ? "this model's levels change time by another factor than its config says"
      : "a non-causal model's frames depend on later ones";
    throw new ShapeError(`${op}: ${reason}; use ${whole} on the whole clip`);
  }

  #dropout(rate: number, { training = false }: EncodeOptions): Dropout | undefined {
    if (!training || rate === 0) return undefined;
    return (shape, backend) => {
      const draws = this.random.uniform(sizeOf(shape));
      return tensor(
        draws.map((u) => (u < rate ? 0 : 1 / (1 - rate))),
        shape,
        { backend },
      );
    };
  }
}

function freeze(half: object): void {
  for (const parameter of parameters(half).values()) parameter.trainable = false;
}
