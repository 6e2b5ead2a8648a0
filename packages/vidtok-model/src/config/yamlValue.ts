import { isAlias, isScalar, isSeq } from "yaml";
import type { ParsedNode, Scalar, YAMLMap } from "yaml";
import { budget, excess, nodeSize, scalarSize } from "./budget.ts";
import type { Size } from "./budget.ts";
import { errorAt } from "./source.ts";
import type { Place, Source } from "./source.ts";
import { isNode } from "./value.ts";
import type { ConfigError, ConfigValue } from "./value.ts";

/** A value with its place and size; those below it by key or index. */
export interface Located extends Place {
  readonly value: ConfigValue;
  readonly size: Size;
  readonly below?: ReadonlyMap<string, Located>;
}

/**
 * Turns the syntax tree of a text into plain data, in which all aliases of an anchor are one
 * object.
 */
export function readTree(root: ParsedNode | null, source: Source): Located {
  return new Reader(source).read(root, 0);
}

const plain = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq", "merge"].map(
    (name) => `tag:yaml.org,2002:${name}`,
  ),
);

class Reader {
  readonly #source: Source;
  /** What each anchor stands for so far; null while that is being read. */
  readonly #anchors = new Map<string, Located | null>();
  /** Keys that `<<` brought in so far. */
  #merged = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** `offset` is that of an absent value. */
  read(node: ParsedNode | null, offset: number): Located {
    if (node === null) return { value: null, offset, size: scalarSize(null) };
    if (isAlias(node)) return this.#alias(node.source, node.range[0]);
    const { tag, anchor } = node;
    if (tag !== undefined && tag !== "!" && !plain.has(tag)) {
      this.#fail(node.range[0], `the tag ${shown(tag)} is not supported; a config is plain data`);
    }
    if (anchor !== undefined) this.#anchors.set(anchor, null);
    const read = isScalar(node)
      ? this.#scalar(node)
      : isSeq(node)
        ? this.#list(node.items as readonly ParsedNode[], node.range[0])
        : this.#mapping(node);
    const over = excess(read.size);
    if (over !== undefined) this.#fail(read.offset, `this value ${over}`);
    if (anchor !== undefined) this.#anchors.set(anchor, read);
    return read;
  }

  #alias(name: string, offset: number): Located {
    const read = this.#anchors.get(name);
    if (read) return { ...read, offset };
    const reason =
      read === null
        ? "leads back to what it stands in"
        : `needs an anchor &${shown(name)} above it`;
    return this.#fail(offset, `the alias *${shown(name)} ${reason}`);
  }

  #scalar({ value, source, range: [offset] }: Scalar.Parsed): Located {
    if (typeof value === "number") this.#checkNumber(value, source, offset);
    // A merge key where a value stands is its text.
    const data = typeof value === "symbol" ? source : (value as string | number | boolean | null);
    return { value: data, offset, size: scalarSize(data) };
  }

  /**
   * A whole number has to be exact, as it is in Python, and no other number may become infinite.
   */
  #checkNumber(value: number, source: string, offset: number): void {
    const isWhole = /^[-+]?0x/i.test(source) || !/[.e]/i.test(source);
    const isExact = Number.isSafeInteger(value);
    if (isWhole ? isExact : Number.isFinite(value) || /inf|nan/i.test(source)) return;
    const limit = isWhole ? "2^53 - 1" : "1.8e308";
    this.#fail(offset, `the number ${shown(source)} is out of range, needed at most ${limit}`);
  }

  #list(items: readonly ParsedNode[], offset: number): Located {
    const parts = items.map((item) => this.read(item, offset));
    return {
      value: parts.map(({ value }) => value),
      offset,
      size: nodeSize(parts.map(({ size }) => size)),
      below: new Map(parts.map((part, i) => [String(i), part])),
    };
  }

  #mapping({ items, range: [offset] }: YAMLMap.Parsed): Located {
    const own = new Map<string, Located>();
    let merged: ReadonlyMap<string, Located> | undefined;
    for (const { key, value } of items) {
      const at = key.range[0];
      if (isScalar(key) && typeof key.value === "symbol") {
        if (merged !== undefined) this.#fail(at, "the key << is there twice in one mapping");
        merged = this.#merge(this.read(value, at));
        continue;
      }
      const name = this.#key(key);
      if (own.has(name)) this.#fail(at, `the key ${shown(name)} is there twice in one mapping`);
      // A value is placed at its key, where readers look for it.
      own.set(name, { ...this.read(value, at), offset: at });
    }
    const below = new Map([...(merged ?? []), ...own]);
    const keys = [...below.keys()].reduce((sum, { length }) => sum + length, 0);
    return {
      value: Object.fromEntries([...below].map(([key, { value }]) => [key, value])),
      offset,
      size: nodeSize(
        [...below.values()].map(({ size }) => size),
        keys,
      ),
      below,
    };
  }

  #key(node: ParsedNode): string {
    const { value, offset } = this.read(node, 0);
    if (typeof value === "object") {
      return this.#fail(offset, "a key has to be a text, a number or a boolean");
    }
    if (value === "__proto__") this.#fail(offset, "the key __proto__ is not allowed");
    return String(value);
  }

  /**
   * The keys that `<<` takes over: of a mapping, or of a list of which the first that has a key
   * gives it.
   */
  #merge(from: Located): ReadonlyMap<string, Located> {
    const isList = Array.isArray(from.value);
    const sources = isList ? [...(from.below?.values() ?? [])].reverse() : [from];
    const merged = new Map<string, Located>();
    for (const { value, offset, below = new Map<string, Located>() } of sources) {
      if (!isNode(value)) {
        this.#fail(offset, "<< takes a mapping or a list of mappings; name one as *anchor");
      }
      this.#merged += below.size;
      if (this.#merged > budget.values) {
        this.#fail(
          offset,
          `<< has brought in ${this.#merged} keys so far, needed at most ${budget.values}`,
        );
      }
      for (const [key, item] of below) merged.set(key, item);
    }
    return merged;
  }

  #fail(offset: number, reason: string): never {
    throw errorAt(this.#source, offset, reason) satisfies ConfigError;
  }
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
