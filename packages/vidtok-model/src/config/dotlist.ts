import { budget } from "./budget.ts";
import { listError } from "./merge.ts";
import type { ParsedSource } from "./source.ts";
import { ConfigError, isNode, join } from "./value.ts";
import type { ConfigNode, ConfigValue } from "./value.ts";
import { parseYaml } from "./yaml.ts";
import type { Parsed } from "./yaml.ts";

/** The mapping that overrides such as `model.params.ckpt_path=a.ckpt` describe; `key` alone sets null. */
export function parseDotlist(overrides: readonly string[]): {
  readonly value: ConfigNode;
  readonly sources: readonly ParsedSource[];
} {
  const length = overrides.reduce((sum, override) => sum + override.length, 0);
  if (overrides.length > budget.overrides || length > budget.bytes) {
    throw new ConfigError(
      `config: ${overrides.length} overrides of ${length} characters in all came; ` +
        `needed at most ${budget.overrides} of ${budget.bytes} characters`,
    );
  }
  const all: Draft = new Map();
  const sources = overrides.map((override) => {
    const { value, source } = parseOverride(override);
    lay(value, all, "");
    return source;
  });
  return { value: finished(all) as ConfigNode, sources };
}

// Merging would copy what is there for each override, in quadratic time.
type Draft = Map<string, Draft | ConfigValue>;

function lay(value: ConfigNode, over: Draft, path: string): void {
  for (const [key, item] of Object.entries(value)) {
    const below = over.get(key);
    if (!isNode(item)) over.set(key, item);
    else if (Array.isArray(below)) throw listError(join(path, key), item);
    else {
      const draft: Draft = below instanceof Map ? below : new Map();
      over.set(key, draft);
      lay(item, draft, join(path, key));
    }
  }
}

function finished(draft: Draft | ConfigValue): ConfigValue {
  if (!(draft instanceof Map)) return draft;
  return Object.fromEntries([...draft].map(([key, item]) => [key, finished(item)]));
}

function parseOverride(override: string): Parsed<ConfigNode> {
  const at = override.indexOf("=");
  const keys = (at < 0 ? override : override.slice(0, at)).split(".");
  const where = `override "${override.length > 60 ? `${override.slice(0, 60)}…` : override}"`;
  if (keys.some((key) => key.trim() === "")) {
    throw new ConfigError(`config: ${where} has an empty key; write a.b.c=value`);
  }
  if (keys.includes("__proto__")) {
    throw new ConfigError(`config: ${where}: the key __proto__ is not allowed`);
  }
  if (keys.length > budget.depth) {
    throw new ConfigError(
      `config: ${where} has ${keys.length} keys, needed at most ${budget.depth}`,
    );
  }
  const { value, source } = at < 0 ? nothing(where) : parseYaml(override.slice(at + 1), where);
  return keys.reduceRight<Parsed>(
    ({ value, source }, key) => ({
      value: Object.fromEntries([[key, value]]),
      source: { ...source, root: { offset: 0, below: new Map([[key, source.root]]) } },
    }),
    { value, source },
  ) as Parsed<ConfigNode>;
}

function nothing(where: string): Parsed {
  return { value: null, source: { where, text: "", root: { offset: 0 } } };
}
