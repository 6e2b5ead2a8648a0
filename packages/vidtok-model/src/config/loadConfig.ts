import { parseDotlist } from "./dotlist.ts";
import { resolve } from "./interpolate.ts";
import { merge } from "./merge.ts";
import { ConfigError, configValue, isNode } from "./value.ts";
import type { ConfigNode, ResolvedConfig } from "./value.ts";
import { readYaml } from "./yaml.ts";

/** Where a config comes from: the path of a yaml file, or plain data. */
export type ConfigSource = string | object;

/**
 * Reads and merges configs left to right, lays `a.b.c=value` overrides over them, then resolves `${a.b.c}`, so
 * that overriding a value changes everything that points at it.
 */
export function loadConfig(
  sources: ConfigSource | readonly ConfigSource[],
  overrides: readonly string[] = [],
): ResolvedConfig {
  const list: readonly ConfigSource[] = Array.isArray(sources)
    ? (sources as readonly ConfigSource[])
    : [sources as ConfigSource];
  const layers = [...list.map(readSource), parseDotlist(overrides)];
  return resolve(layers.reduce(merge, {}));
}

function readSource(source: ConfigSource): ConfigNode {
  if (typeof source === "string") return readYaml(source);
  const value = configValue(source, "");
  if (!isNode(value)) throw new ConfigError("config: a list came where a mapping was needed");
  return value;
}
