import { ConfigError, isNode, join } from "./value.ts";
import type { ConfigNode, ConfigValue } from "./value.ts";

const lone = /^\$\{([^{}]*)\}$/;
const each = /\$\{([^{}]*)\}/g;
const absolute = /^[\w-]+(\.[\w-]+)*$/;

/** What a lone `${a.b}` points at before anything is resolved, or the text itself if it is none. */
export function lookupRaw(root: ConfigNode, text: string): ConfigValue | undefined {
  const seen = new Set<string>();
  let value: ConfigValue | undefined = text;
  for (;;) {
    const key: string | undefined = typeof value === "string" ? lone.exec(value)?.[1] : undefined;
    if (key === undefined || seen.has(key)) return value;
    seen.add(key);
    value = key.split(".").reduce<ConfigValue | undefined>(child, root);
  }
}

/**
 * Replaces every `${a.b.c}` (a path from the root) by what is found there. A value that is nothing but an
 * interpolation becomes the very node it points at; inside a longer text it has to point at a scalar.
 */
export function resolve(root: ConfigNode): ConfigNode {
  return new Resolver(root).value(root, "") as ConfigNode;
}

class Resolver {
  readonly #root: ConfigNode;
  readonly #done = new Map<ConfigValue, ConfigValue>();
  readonly #open = new Map<ConfigValue, string>();

  constructor(root: ConfigNode) {
    this.#root = root;
  }

  value(raw: ConfigValue, path: string): ConfigValue {
    if (typeof raw === "string") return this.#text(raw, path);
    if (typeof raw !== "object" || raw === null) return raw;
    const known = this.#done.get(raw);
    if (known !== undefined) return known;
    const result = this.#guard(raw, path, () =>
      isNode(raw)
        ? Object.fromEntries(
            Object.entries(raw).map(([key, item]) => [key, this.value(item, join(path, key))]),
          )
        : raw.map((item, i) => this.value(item, join(path, i))),
    );
    this.#done.set(raw, result).set(result, result);
    return result;
  }

  #text(raw: string, path: string): ConfigValue {
    if (!raw.includes("${")) return raw;
    return this.#guard(`${path}: ${raw}`, path, () => {
      const key = lone.exec(raw)?.[1];
      if (key !== undefined) return this.#lookup(key, path);
      return raw.replace(each, (_, inner: string) => {
        const value = this.#lookup(inner, path);
        if (typeof value !== "object" || value === null) return String(value);
        throw new ConfigError(
          `config: ${path} puts \${${inner}} into a text, but that is not a scalar`,
        );
      });
    });
  }

  #lookup(key: string, from: string): ConfigValue {
    if (!absolute.test(key)) {
      throw new ConfigError(
        `config: ${from} has \${${key}}; only paths from the root such as \${model.params} are known`,
      );
    }
    let here: ConfigValue | undefined = this.#root;
    let path = "";
    for (const part of key.split(".")) {
      if (typeof here === "string") here = this.#text(here, path);
      here = child(here, part);
      path = join(path, part);
      if (here === undefined) {
        throw new ConfigError(`config: ${from} points at \${${key}}, but there is no ${path}`);
      }
    }
    return this.value(here, path);
  }

  #guard(what: ConfigValue, path: string, make: () => ConfigValue): ConfigValue {
    if (this.#open.has(what)) {
      const cycle = [...this.#open.values(), path].filter(Boolean).join(" -> ");
      throw new ConfigError(`config: an interpolation leads back to itself (${cycle})`);
    }
    this.#open.set(what, path);
    const value = make();
    this.#open.delete(what);
    return value;
  }
}

function child(value: ConfigValue | undefined, key: string): ConfigValue | undefined {
  if (Array.isArray(value)) return (value as readonly ConfigValue[])[Number(key)];
  return isNode(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
