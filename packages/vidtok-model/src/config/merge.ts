import { budget } from "./budget.ts";
import { lookupRaw } from "./interpolate.ts";
import { isNode, join, valueError } from "./value.ts";
import type { ConfigError, ConfigNode, ConfigValue } from "./value.ts";

/**
 * `next` laid over `base`: mappings merge key by key, lists and scalars are replaced. A mapping laid over
 * `${a.b}` first takes a copy of what the interpolation points at, so `decoder.ch=8` changes the decoder only.
 */
export function merge(base: ConfigNode, next: ConfigNode): ConfigNode {
  return new Merger(base).at(base, next, "");
}

/** The error of a mapping that is laid over a list. */
export function listError(path: string, item: ConfigNode): ConfigError {
  const key = Object.keys(item)[0];
  return valueError(path, `is a list and cannot take the key ${key}; replace the whole list`);
}

class Merger {
  readonly #root: ConfigNode;
  #copied = 0;

  constructor(root: ConfigNode) {
    this.#root = root;
  }

  at(base: ConfigNode, next: ConfigNode, path: string): ConfigNode {
    const merged = new Map(Object.entries(base));
    // Many keys may point at one large mapping, and each takes a copy.
    this.#copied += merged.size;
    if (this.#copied > budget.values) {
      throw valueError(
        path,
        `takes a copy, and with it ${this.#copied} values are copied; needed at most ${budget.values}`,
      );
    }
    for (const [key, value] of Object.entries(next)) {
      merged.set(key, this.#value(merged.get(key), value, join(path, key)));
    }
    return Object.fromEntries(merged);
  }

  #value(base: ConfigValue | undefined, next: ConfigValue, path: string): ConfigValue {
    if (!isNode(next)) return next;
    const below = typeof base === "string" ? lookupRaw(this.#root, base, path) : base;
    if (Array.isArray(below)) throw listError(path, next);
    return isNode(below) ? this.at(below, next, path) : next;
  }
}
