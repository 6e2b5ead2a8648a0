import { merge } from "./merge.ts";
import { ConfigError } from "./value.ts";
import type { ConfigNode, ConfigValue } from "./value.ts";
import { parseYaml } from "./yaml.ts";

/** The mapping that overrides such as `model.params.ckpt_path=a.ckpt` describe; `key` alone sets null. */
export function parseDotlist(overrides: readonly string[]): ConfigNode {
  return overrides.reduce<ConfigNode>((all, override) => merge(all, parseOverride(override)), {});
}

function parseOverride(override: string): ConfigNode {
  const at = override.indexOf("=");
  const keys = (at < 0 ? override : override.slice(0, at)).split(".");
  if (keys.some((key) => key.trim() === "")) {
    throw new ConfigError(`config: override "${override}" has an empty key; write a.b.c=value`);
  }
  const value = at < 0 ? null : parseYaml(override.slice(at + 1), `override "${override}"`);
  return keys.reduceRight<ConfigValue>(
    (inner, key) => Object.fromEntries([[key, inner]]),
    value,
  ) as ConfigNode;
}
