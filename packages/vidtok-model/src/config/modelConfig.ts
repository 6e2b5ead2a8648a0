import { PatternError, Patterns } from "@vidtok/nn";
import type { Tiling } from "../chunks.ts";
import { readingConfig } from "./loadConfig.ts";
import { checkTargets } from "./targets.ts";
import { ConfigError, valueError } from "./value.ts";
import type { ConfigNode, ResolvedConfig } from "./value.ts";
import { Options } from "./options.ts";

/** The families of encoders and decoders. */
export type Family = "causal" | "causal v1.1" | "noncausal";

/**
 * Options of an encoder or a decoder, in the reference's words (what each does: docs of the
 * layers).
 */
export interface NetworkConfig {
  readonly family: Family;
  readonly channels: number;
  readonly channelMultipliers: readonly number[];
  readonly inChannels: number;
  readonly outChannels: number;
  readonly zChannels: number;
  readonly numResBlocks: number;
  readonly dropout: number;
  readonly resampleWithConv: boolean;
  readonly doubleZ: boolean;
  readonly normType: "layernorm" | "groupnorm";
  readonly useCheckpoint: boolean;
  readonly fixEncoder: boolean;
  readonly fixDecoder: boolean;
  readonly timeDownsampleFactor: number;
  readonly initPadMode: "replicate" | "reflect" | "constant";
  readonly givePreEnd: boolean;
  readonly tanhOut: boolean;
  readonly interpolationMode: "nearest" | "trilinear";
  /** Levels followed by a change of size; the non-causal classes know only the defaults. */
  readonly spatialDown: readonly number[];
  readonly tempoDown: readonly number[];
  readonly spatialUp: readonly number[];
  readonly tempoUp: readonly number[];
}

/** Options of the KL regularizer. */
export interface KlConfig {
  readonly kind: "kl";
  readonly sample: boolean;
}

/** Options of the FSQ regularizer. */
export interface FsqConfig {
  readonly kind: "fsq";
  readonly levels: readonly number[];
  readonly dim: number | null;
  readonly numCodebooks: number;
  readonly keepNumCodebooksDim: boolean | null;
  readonly entropyLossWeight: number;
  readonly entropyLossAnnealingSteps: number;
  readonly entropyLossAnnealingFactor: number;
  readonly commitmentLossWeight: number;
  readonly diversityGamma: number;
}

/** The part of a config that says how to build the tokenizer. */
export interface ModelConfig {
  readonly encoder: NetworkConfig;
  readonly decoder: NetworkConfig;
  readonly regularizer: KlConfig | FsqConfig;
  /** v1.1: the chunked mode that `use_tiling` turns on. */
  readonly tiling?: Tiling;
  readonly ckptPath: string | null;
  readonly ignoreKeys: readonly string[];
}

/**
 * Checks the names in a whole config and reads its `model` part; `overrides` go into encoder and
 * decoder.
 */
export function modelConfig(config: ResolvedConfig, overrides: ConfigNode = {}): ModelConfig {
  return readingConfig(config, () => read(config, overrides));
}

function read(config: ResolvedConfig, overrides: ConfigNode): ModelConfig {
  const model = new Options(config["model"], "model");
  if (config["model"] === undefined) {
    throw new ConfigError(
      "config: there is no model; a config needs model.target and model.params",
      { path: "model" },
    );
  }
  const params = model.child("params");
  const encoder = withOverrides(params.child("encoder_config"), overrides);
  const decoder = withOverrides(params.child("decoder_config"), overrides);
  const regularizer = params.child("regularizer_config");
  model.text("target");
  for (const { values, path } of [encoder, decoder]) checkTargets(values, path);
  checkTargets(config);
  const ignoreKeys = params.values["ignore_keys"] ?? [];
  if (!Array.isArray(ignoreKeys) || !ignoreKeys.every((key) => typeof key === "string")) {
    throw valueError("model.params.ignore_keys", "has to be a list of texts");
  }
  checkPatterns(ignoreKeys as readonly string[]);
  return {
    encoder: networkConfig(encoder, "Encoder"),
    decoder: networkConfig(decoder, "Decoder"),
    regularizer: regularizerConfig(regularizer),
    ...(params.flag("use_tiling", false)
      ? { tiling: { t_chunk_enc: params.integer("t_chunk_enc", 16) } }
      : {}),
    ckptPath: params.optional("ckpt_path", (name) => params.text(name)),
    ignoreKeys: ignoreKeys as readonly string[],
  };
}

/** Refuses bad patterns here, where their line is known, and not when a checkpoint is loaded. */
function checkPatterns(ignoreKeys: readonly string[]): void {
  try {
    new Patterns(ignoreKeys);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw valueError("model.params.ignore_keys", `has the ${error.message}`);
  }
}

function withOverrides(network: Options, overrides: ConfigNode): Options {
  const params = { ...network.child("params").values, ...overrides };
  return new Options({ ...network.values, params }, network.path);
}

function networkConfig(network: Options, half: "Encoder" | "Decoder"): NetworkConfig {
  const target = network.text("target");
  const name = target.split(".").at(-1)!;
  if (!name.startsWith(half)) {
    const needs = half === "Encoder" ? "an encoder" : "a decoder";
    throw valueError(`${network.path}.target`, `is ${target} and has to be ${needs}`);
  }
  const o = network.child("params");
  const family = familyOf(target);
  const channelMultipliers = o.integers("ch_mult", [1, 2, 4, 8], 1);
  const levels = channelMultipliers.length;
  if (levels === 0) throw valueError(`${o.path}.ch_mult`, "has to have at least one level");
  // The non-causal classes accept these names (the mapping is shared) and use the defaults.
  const levelSet = (name: string, fallback: readonly number[]) => {
    const given = o.optional(name, (key) => o.integers(key)) ?? fallback;
    return family === "noncausal" ? fallback : given;
  };
  return {
    family,
    channels: o.integer("ch"),
    channelMultipliers,
    inChannels: o.integer("in_channels"),
    outChannels: o.integer("out_ch"),
    zChannels: o.integer("z_channels"),
    numResBlocks: o.integer("num_res_blocks"),
    dropout: o.number("dropout", 0),
    resampleWithConv: o.flag("resamp_with_conv", true),
    doubleZ: o.flag("double_z", true),
    normType: o.word("norm_type", ["layernorm", "groupnorm"], "groupnorm"),
    useCheckpoint: o.flag("use_checkpoint", false),
    fixEncoder: o.flag("fix_encoder", false),
    fixDecoder: o.flag("fix_decoder", false),
    timeDownsampleFactor: o.integer("time_downsample_factor", 4),
    initPadMode: o.word("init_pad_mode", ["replicate", "reflect", "constant"], "replicate"),
    givePreEnd: o.flag("give_pre_end", false),
    tanhOut: o.flag("tanh_out", false),
    interpolationMode: o.word("interpolation_mode", ["nearest", "trilinear"], "nearest"),
    spatialDown: levelSet("spatial_ds", range(0, levels - 1)),
    tempoDown: levelSet(
      "tempo_ds",
      [levels - 2, levels - 3].filter((level) => level >= 0),
    ),
    spatialUp: levelSet("spatial_us", range(1, levels)),
    tempoUp: levelSet("tempo_us", [1, 2]),
  };
}

function familyOf(target: string): Family {
  if (target.includes("noncausal")) return "noncausal";
  return target.includes("v1_1") ? "causal v1.1" : "causal";
}

function regularizerConfig(regularizer: Options): KlConfig | FsqConfig {
  const o = regularizer.child("params");
  if (regularizer.text("target").endsWith(".DiagonalGaussianRegularizer")) {
    return { kind: "kl", sample: o.flag("sample", true) };
  }
  return {
    kind: "fsq",
    levels: o.integers("levels", undefined, 2),
    dim: o.optional("dim", (name) => o.integer(name)),
    numCodebooks: o.integer("num_codebooks", 1),
    keepNumCodebooksDim: o.optional("keep_num_codebooks_dim", (name) => o.flag(name)),
    entropyLossWeight: o.number("entropy_loss_weight", 0),
    entropyLossAnnealingSteps: o.integer("entropy_loss_annealing_steps", 0, 0),
    entropyLossAnnealingFactor: o.number("entropy_loss_annealing_factor", 1),
    commitmentLossWeight: o.number("commitment_loss_weight", 0),
    diversityGamma: o.number("diversity_gamma", 1),
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i);
}
