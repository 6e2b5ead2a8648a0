import { budget, excess, nodeSize, scalarSize } from "./budget.ts";
import type { Size } from "./budget.ts";
import { isNode, join, valueError } from "./value.ts";
import type { ConfigError, ConfigNode, ConfigValue } from "./value.ts";

const lone = /^\$\{([^{}]*)\}$/;
const each = /\$\{([^{}]*)\}/g;
const absolute = /^[\w-]+(\.[\w-]+)*$/;

/** What a lone `${a.b}` points at before anything is resolved, or the text itself if it is none. */
export function lookupRaw(root: ConfigNode, text: string, path: string): ConfigValue | undefined {
  const seen = new Set<string>();
  let value: ConfigValue | undefined = text;
  for (;;) {
    const key: string | undefined = typeof value === "string" ? lone.exec(value)?.[1] : undefined;
    if (key === undefined || seen.has(key)) return value;
    seen.add(key);
    if (seen.size > budget.depth) throw tooDeep(path);
    value = key.split(".").reduce<ConfigValue | undefined>(child, root);
  }
}

/**
 * Replaces every `${a.b.c}` (a path from the root) by what is found there. A value that is nothing but an
 * interpolation becomes the very node it points at; inside a longer text it has to point at a scalar.
 */
export function resolve(root: ConfigNode): ConfigNode {
  return new Resolver(root).value(root, "").value as ConfigNode;
}

interface Resolved {
  readonly value: ConfigValue;
  readonly size: Size;
}

class Resolver {
  readonly #root: ConfigNode;
  /** By node or, as the same text is the same everywhere, by text. */
  readonly #done = new Map<ConfigValue, Resolved>();
  readonly #open = new Map<ConfigValue, string>();

  constructor(root: ConfigNode) {
    this.#root = root;
  }

  value(raw: ConfigValue, path: string): Resolved {
    const isText = typeof raw === "string" && raw.includes("${");
    if (!isText && (typeof raw !== "object" || raw === null)) {
      return { value: raw, size: scalarSize(raw) };
    }
    const known = this.#done.get(raw);
    if (known !== undefined) return known;
    if (this.#open.has(raw)) {
      const cycle = [...this.#open.values(), path].filter(Boolean).join(" -> ");
      throw valueError(path, `is an interpolation that leads back to itself (${cycle})`);
    }
    if (this.#open.size > budget.depth) throw tooDeep(path);
    this.#open.set(raw, path);
    const resolved = typeof raw === "string" ? this.#text(raw, path) : this.#node(raw, path);
    const over = excess(resolved.size);
    if (over !== undefined) throw valueError(path, over);
    this.#open.delete(raw);
    this.#done.set(raw, resolved);
    // A path that leads through an interpolation meets the resolved node.
    if (!isText) this.#done.set(resolved.value, resolved);
    return resolved;
  }

  #node(raw: ConfigNode | readonly ConfigValue[], path: string): Resolved {
    const parts = Object.entries(raw).map(
      ([key, item]: [string, ConfigValue]) => [key, this.value(item, join(path, key))] as const,
    );
    const sizes = parts.map(([, { size }]) => size);
    if (Array.isArray(raw)) {
      return { value: parts.map(([, { value }]) => value), size: nodeSize(sizes) };
    }
    return {
      value: Object.fromEntries(parts.map(([key, { value }]) => [key, value])),
      size: nodeSize(
        sizes,
        parts.reduce((sum, [{ length }]) => sum + length, 0),
      ),
    };
  }

  /** One level deeper than what it points at. */
  #text(raw: string, path: string): Resolved {
    const key = lone.exec(raw)?.[1];
    if (key !== undefined) {
      const { value, size } = this.#lookup(key, path);
      return { value, size: { ...size, depth: size.depth + 1 } };
    }
    let [depth, characters] = [0, 0];
    const text = raw.replace(each, (_, inner: string) => {
      const { value, size } = this.#lookup(inner, path);
      if (typeof value === "object" && value !== null) {
        throw valueError(path, `puts \${${inner}} into a text, but that is not a scalar`);
      }
      depth = Math.max(depth, size.depth);
      characters += size.characters;
      // Checked before the text is put together.
      const over = excess({ depth, values: 1, characters });
      if (over !== undefined) throw valueError(path, over);
      return String(value);
    });
    return { value: text, size: { depth: depth + 1, values: 1, characters: text.length } };
  }

  #lookup(key: string, from: string): Resolved {
    if (!absolute.test(key)) {
      throw valueError(
        from,
        `has \${${key.slice(0, 100)}}; only paths from the root such as \${model.params} are known`,
      );
    }
    let here: ConfigValue | undefined = this.#root;
    let path = "";
    for (const part of key.split(".")) {
      if (typeof here === "string") here = this.value(here, path).value;
      here = child(here, part);
      path = join(path, part);
      if (here === undefined) {
        throw valueError(from, `points at \${${key.slice(0, 100)}}, but there is no ${path}`);
      }
    }
    return this.value(here, path);
  }
}

function tooDeep(path: string): ConfigError {
  return valueError(
    path,
    `is reached through more than ${budget.depth} mappings, lists and \${...}`,
  );
}

function child(value: ConfigValue | undefined, key: string): ConfigValue | undefined {
  if (Array.isArray(value)) return (value as readonly ConfigValue[])[Number(key)];
  return isNode(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
