import { disposeWeights, parameters } from "@vidtok/nn";
import type { LoadReport, Parameter } from "@vidtok/nn";
import {
  concat,
  currentBackend,
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
import type { Precision, Shape, Tensor } from "@vidtok/tensor";
import { checkTiling, decodeChunks, encodeChunks } from "./chunks.ts";
import type { Tiling } from "./chunks.ts";
import type { ModelConfig } from "./config/modelConfig.ts";
import { Decoder } from "./decoder.ts";
import { Encoder } from "./encoder.ts";
import { traitsOf } from "./families/traitsOf.ts";
import { decodeInGroups, decodeInTiles, encodeInGroups, encodeInTiles } from "./frameGroups.ts";
import { isStreamable } from "./isStreamable.ts";
import type { Dropout } from "./layers/resBlock.ts";
import { checkClip, checkStreamLength, cutLength, fitLength, spatialFactor } from "./lengths.ts";
import { FsqRegularizer } from "./regularizers/fsq.ts";
import { joinChunks } from "./regularizers/joinChunks.ts";
import { DiagonalGaussianRegularizer } from "./regularizers/kl.ts";
import { loadState } from "./state.ts";
import type { StateSource } from "./state.ts";
import type { StreamState } from "./streamState.ts";
import type { Parts } from "./tiles/parts.ts";
import { Planner } from "./tiles/planner.ts";
import type {
  Encoded,
  EncodeOptions,
  Forwarded,
  Streamed,
  StreamOptions,
  TokenizerOptions,
} from "./tokenizerCalls.ts";

/** A video tokenizer: clips `[n, 3, t, h, w]` in [-1, 1] to latents or code numbers, and back. */
export class Tokenizer {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly regularization: DiagonalGaussianRegularizer | FsqRegularizer;
  readonly config: ModelConfig;
  /** Where noise comes from; assign one made from a saved `state` to continue where it stood. */
  random: Random;
  /** As in the options; assign another one when other work takes or gives back memory. */
  memoryBudget: number | undefined;
  readonly #precision: Precision;
  readonly #planner: Planner;

  constructor(config: ModelConfig, options: TokenizerOptions = {}) {
    const { precision = "f32", seed = 0, memoryBudget } = options;
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
    this.memoryBudget = memoryBudget;
    this.#planner = new Planner(config, precision);
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
      const parts = this.#parts("encodeStream", "encoder", x, before ?? "begins");
      const { y, state } = encodeInGroups(encoder, config.encoder, x, { before, ends }, parts);
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
      const parts = this.#parts("decodeStream", "decoder", z, before ?? "begins");
      const { y, state } = decodeInGroups(this.decoder, z, { before, ends }, parts);
      return { recon: y, state };
    });
  }

  /**
   * The least `memoryBudget` with which a clip of a shape `[n, 3, t, h, w]` can be encoded and its
   * latents decoded, with the tensors that exist now.
   */
  leastMemory(shape: Shape): number {
    const { encoder, decoder } = this.config;
    const f = this.timeDownsampleFactor;
    const [n, , t, height, width] = shape as [number, number, number, number, number];
    const latents = Math.ceil(t / f);
    const [h, w] = [height, width].map((size) => Math.floor(size / this.spatialDownsampleFactor));
    const z = [n, decoder.zChannels, latents, h!, w!];
    const tasks = [
      { half: "encoder", shape: shape.with(1, encoder.inChannels) },
      { half: "decoder", shape: z },
    ] as const;
    const backend = currentBackend();
    // The clip still exists while its latents are decoded; they are twice there, with the moments.
    const beside = 4 * (sizeOf(shape) + 3 * sizeOf(z));
    return Math.max(
      ...tasks.map((task) => this.#planner.least({ ...task, backend, isPart: false }, beside)),
    );
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
      const moments = this.#moments(op, clip, this.#dropout(config.dropout, options));
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

  #moments(op: string, x: Tensor, dropout?: Dropout): Tensor {
    const { encoder, config } = this;
    return withPrecision(this.#precision, () => {
      if (dropout || isRecording()) return encoder.forward(x, { dropout });
      const parts = this.#parts(op, "encoder", x);
      if (!this.#isStreamable) return encodeInTiles(encoder, x, parts);
      return encodeInGroups(encoder, config.encoder, x, { ends: true }, parts).y;
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
      // Gradients need what was computed of all frames anyway.
      if (dropout || isRecording()) return this.decoder.forward(z, { dropout });
      const parts = this.#parts(op, "decoder", z);
      if (!this.#isStreamable) return decodeInTiles(this.decoder, z, parts);
      return decodeInGroups(this.decoder, z, { ends: true }, parts).y;
    });
  }

  #tiling(op: string, { tiling }: Pick<EncodeOptions, "tiling">): Tiling | undefined {
    const chosen = tiling ?? this.config.tiling;
    if (!chosen) return undefined;
    checkTiling(op, this.config.encoder, chosen);
    if (!isRecording()) return chosen;
    throw new Error(`${op}: tiling has no gradients; use noGrad, or leave tiling (use_tiling) out`);
  }

  get #isStreamable(): boolean {
    return isStreamable(this.config.encoder, this.config.decoder);
  }

  /** In which parts a half computes x; a stream that continues keeps those it began with. */
  #parts(
    op: string,
    half: "encoder" | "decoder",
    { shape, backend }: Tensor,
    before?: StreamState | "begins",
  ): Parts {
    if (typeof before === "object") return before.parts;
    const { memoryBudget: budget } = this;
    if (budget !== undefined && !(budget > 0)) {
      throw new RangeError(`${op}: memoryBudget is ${budget}, needed bytes above 0`);
    }
    const task = { half, shape, backend, isPart: before !== undefined };
    return this.#planner.parts(op, task, budget);
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
    if (this.#isStreamable) return;
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
