export { loadConfig } from "./config/loadConfig.ts";
export type { ConfigSource } from "./config/loadConfig.ts";
export { modelConfig } from "./config/modelConfig.ts";
export type {
  Family,
  FsqConfig,
  KlConfig,
  ModelConfig,
  NetworkConfig,
} from "./config/modelConfig.ts";
export { ConfigError } from "./config/value.ts";
export type { ConfigNode, ConfigValue, ResolvedConfig } from "./config/value.ts";
