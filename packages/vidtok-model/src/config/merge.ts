import { lookupRaw } from "./interpolate.ts";
import { ConfigError, isNode, join } from "./value.ts";
import type { ConfigNode, ConfigValue } from "./value.ts";

/**
 * `next` laid over `base`: mappings merge key by key, lists and scalars are replaced. A mapping laid over
 * `${a.b}` first takes a copy of what the interpolation points at, so `decoder.ch=8` changes the decoder only.
 */
export function merge(base: ConfigNode, next: ConfigNode): ConfigNode {
  return mergeAt(base, next, "", base);
}

function mergeAt(base: ConfigNode, next: ConfigNode, path: string, root: ConfigNode): ConfigNode {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(next)) {
    merged.set(key, mergeValue(merged.get(key), value, join(path, key), root));
  }
  return Object.fromEntries(merged);
}

function mergeValue(
  base: ConfigValue | undefined,
  next: ConfigValue,
  path: string,
  root: ConfigNode,
): ConfigValue {
  if (!isNode(next)) return next;
  const below = typeof base === "string" ? lookupRaw(root, base) : base;
  if (Array.isArray(below)) {
    throw new ConfigError(
      `config: ${path} is a list and cannot take the key ${Object.keys(next)[0]}; replace the whole list`,
    );
  }
  return isNode(below) ? mergeAt(below, next, path, root) : next;
}
