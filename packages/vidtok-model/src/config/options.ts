import { isNode, join, valueError } from "./value.ts";
import type { ConfigNode, ConfigValue } from "./value.ts";

/** Typed access to one mapping of a config; a value of the wrong kind is an error that names its path. */
export class Options {
  readonly values: ConfigNode;
  readonly path: string;

  constructor(value: ConfigValue | undefined, path: string) {
    if (value !== undefined && value !== null && !isNode(value)) {
      throw valueError(path, `is ${shown(value)} and has to be a mapping`);
    }
    this.values = value ?? {};
    this.path = path;
  }

  /** The mapping under `name`, empty if absent. */
  child(name: string): Options {
    return new Options(this.values[name], join(this.path, name));
  }

  /** A whole number of at least `least`. */
  integer(name: string, fallback?: number, least = 1): number {
    return this.#get(name, fallback, `a whole number of at least ${least}`, (value) =>
      isWhole(value, least),
    );
  }

  /** A finite number. */
  number(name: string, fallback?: number): number {
    const isNumber = (value: ConfigValue): value is number => Number.isFinite(value);
    return this.#get(name, fallback, "a number", isNumber);
  }

  /** True or false. */
  flag(name: string, fallback?: boolean): boolean {
    const isFlag = (value: ConfigValue): value is boolean => typeof value === "boolean";
    return this.#get(name, fallback, "true or false", isFlag);
  }

  /** Any text. */
  text(name: string, fallback?: string): string {
    const isText = (value: ConfigValue): value is string => typeof value === "string";
    return this.#get(name, fallback, "a text", isText);
  }

  /** One of the given words. */
  word<W extends string>(name: string, words: readonly W[], fallback?: W): W {
    const isWord = (value: ConfigValue): value is W => words.some((word) => word === value);
    return this.#get(name, fallback, `one of ${words.join(", ")}`, isWord);
  }

  /** A list of whole numbers of at least `least`. */
  integers(name: string, fallback?: readonly number[], least = 0): readonly number[] {
    const isList = (value: ConfigValue): value is readonly number[] =>
      Array.isArray(value) && value.every((item: ConfigValue) => isWhole(item, least));
    return this.#get(name, fallback, `a list of whole numbers of at least ${least}`, isList);
  }

  /** `read(name)`, or null where the value is absent or null. */
  optional<T>(name: string, read: (name: string) => T): T | null {
    return (this.values[name] ?? null) === null ? null : read(name);
  }

  #get<T extends ConfigValue>(
    name: string,
    fallback: T | undefined,
    needs: string,
    fits: (value: ConfigValue) => value is T,
  ): T {
    const value = this.values[name];
    if (value === undefined && fallback !== undefined) return fallback;
    if (value !== undefined && fits(value)) return value;
    const came = value === undefined ? "missing" : shown(value);
    throw valueError(join(this.path, name), `is ${came} and has to be ${needs}`);
  }
}

/** A value as JSON, cut where it is long. */
function shown(value: ConfigValue): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function isWhole(value: ConfigValue, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least;
}
