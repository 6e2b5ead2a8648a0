export type { Tiling } from "./chunks.ts";
export { configNames, configPath } from "./config/configPath.ts";
export { loadConfig, readingConfig } from "./config/loadConfig.ts";
export type { ConfigSource } from "./config/loadConfig.ts";
export { modelConfig } from "./config/modelConfig.ts";
export type {
  Family,
  FsqConfig,
  KlConfig,
  ModelConfig,
  NetworkConfig,
} from "./config/modelConfig.ts";
export { ConfigError, valueError } from "./config/value.ts";
export type { ConfigNode, ConfigValue, ResolvedConfig } from "./config/value.ts";
export { createModel } from "./createModel.ts";
export type { CreateModelOptions } from "./createModel.ts";
export { Decoder } from "./decoder.ts";
export { Encoder } from "./encoder.ts";
export type { Lengths } from "./lengths.ts";
export { FsqRegularizer } from "./regularizers/fsq.ts";
export { indexTensor, readIndices } from "./regularizers/fsqCodes.ts";
export { DiagonalGaussianRegularizer } from "./regularizers/kl.ts";
export type { RegLog, Regularizer, RegularizerPass } from "./regularizers/regularizer.ts";
export type { StateSource } from "./state.ts";
export type { StreamState } from "./streamState.ts";
export { Tokenizer } from "./tokenizer.ts";
export { weightCounts } from "./weightCounts.ts";
export type { WeightCounts } from "./weightCounts.ts";
export type {
  Encoded,
  EncodeOptions,
  Forwarded,
  Streamed,
  StreamOptions,
  TokenizerOptions,
} from "./tokenizerCalls.ts";
