import { configPath } from "./configPath.ts";
import { parseDotlist } from "./dotlist.ts";
import { resolve } from "./interpolate.ts";
import { merge } from "./merge.ts";
import { withPositions } from "./source.ts";
import type { ParsedSource } from "./source.ts";
import { ConfigError, configValue, isNode } from "./value.ts";
import type { ConfigNode, ResolvedConfig } from "./value.ts";
import { readYaml } from "./yaml.ts";

/** Where a config comes from: a yaml file, the name of a shipped config, or plain data. */
export type ConfigSource = string | object;

// What a config was loaded from, so that an error about it can say where it stands.
const sourcesOf = new WeakMap<object, readonly ParsedSource[]>();

/**
 * Reads and merges configs left to right, lays `a.b.c=value` overrides over them, then resolves
 * `${a.b.c}`, so that overriding a value changes everything that points at it. Sizes are limited,
 * as `budget` says.
 */
export function loadConfig(
  from: ConfigSource | readonly ConfigSource[],
  overrides: readonly string[] = [],
): ResolvedConfig {
  const list: readonly ConfigSource[] = Array.isArray(from)
    ? (from as readonly ConfigSource[])
    : [from as ConfigSource];
  const dotlist = parseDotlist(overrides);
  const layers = [...list.map(readLayer), dotlist];
  const sources = layers.flatMap((layer) => layer.sources);
  const config = withPositions(sources, () =>
    resolve(layers.reduce<ConfigNode>((base, { value }) => merge(base, value), {})),
  );
  sourcesOf.set(config, sources);
  return config;
}

/**
 * Runs `read`; a ConfigError that names a path of `config` then says the file and line that it
 * comes from.
 */
export function readingConfig<T>(config: ResolvedConfig, read: () => T): T {
  return withPositions(sourcesOf.get(config) ?? [], read);
}

interface Layer {
  readonly value: ConfigNode;
  readonly sources: readonly ParsedSource[];
}

function readLayer(from: ConfigSource): Layer {
  if (typeof from === "string") {
    const { value, source } = readYaml(configPath(from));
    return { value, sources: [source] };
  }
  const value = configValue(from, "");
  if (!isNode(value)) throw new ConfigError("config: a list came where a mapping was needed");
  return { value, sources: sourcesOf.get(from) ?? [] };
}
