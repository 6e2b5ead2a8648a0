import { UsageError } from "./usageError.ts";

/** One `--name VALUE` of a command: how it is read, what it is when absent, what help says. */
export interface Flag<T> {
  readonly help: string;
  /** What stands for the value in help, such as `FILE`. */
  readonly value: string;
  readonly fallback: T;
  /** One letter, as in `-b`. */
  readonly short?: string;
  /** Shown in help where it is not the fallback itself. */
  readonly shown?: string;
  /** Known, but not shown in help. */
  readonly isHidden?: boolean;
  /** A switch may stand alone, which is `true`; a list takes every value until the next flag. */
  readonly takes: "one" | "switch" | "list";
  /** What a switch takes besides yes and no. */
  accepts?(text: string): boolean;
  /** Reads the text or throws a UsageError that begins with `name`. */
  read(text: string, name: string, before: T): T;
}

/** The flags of a command by name, spelled with underscores. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** What `parse` finds for each flag. */
export type Values<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

type Look = { readonly short?: string; readonly shown?: string };

/** A flag that takes any text. */
export function text<T extends string | undefined>(
  value: string,
  help: string,
  fallback: T,
  look: Look = {},
): Flag<T | string> {
  return { ...look, value, help, fallback, takes: "one", read: (given) => given };
}

/** A flag that takes a number of at least `least`, whole unless `fraction` is set. */
export function number<T extends number | undefined>(
  help: string,
  fallback: T,
  { least = 0, fraction = false, ...look }: Look & { least?: number; fraction?: boolean } = {},
): Flag<T | number> {
  return {
    ...look,
    value: "N",
    help,
    fallback,
    takes: "one",
    read(given, name) {
      const n = given.trim() === "" ? NaN : Number(given);
      if (!Number.isFinite(n) || n < least || (!fraction && !Number.isSafeInteger(n))) {
        const kind = fraction ? "a number" : "a whole number";
        throw new UsageError(`${name}: "${given}" is not ${kind} of at least ${least}`);
      }
      return n;
    },
  };
}

/** A flag that takes one of a few words. */
export function choice<const T extends string>(
  help: string,
  choices: readonly T[],
  fallback: T,
): Flag<T> {
  return {
    value: choices.join("|"),
    help,
    fallback,
    takes: "one",
    read(given, name) {
      const found = choices.find((each) => each === given);
      if (found === undefined) {
        throw new UsageError(`${name}: "${given}" is none of ${choices.join(", ")}`);
      }
      return found;
    },
  };
}

/** A flag that is on or off: bare, or with yes, true, t, y, 1, no, false, f, n or 0 in any case. */
export function toggle(help: string, fallback: boolean, look: Look = {}): Flag<boolean> {
  return {
    ...look,
    value: "",
    help,
    fallback,
    takes: "switch",
    read(given, name) {
      const value = readBoolean(given);
      if (value === undefined) throw new UsageError(`${name}: "${given}" is not yes or no`);
      return value;
    },
  };
}

/** A switch for a result: bare it goes to stdout, which is `true`, or to a file that has this extension. */
export function output(extension: string, help: string): Flag<boolean | string> {
  const accepts = (given: string): boolean => given.endsWith(extension);
  return {
    value: `[FILE${extension}]`,
    help,
    fallback: false,
    takes: "switch",
    accepts,
    read(given, name) {
      const value = accepts(given) ? given : readBoolean(given);
      if (value !== undefined) return value;
      throw new UsageError(`${name}: "${given}" is neither a ${extension} file nor yes or no`);
    },
  };
}

/** A flag that can be repeated and takes several values each time. */
export function list(value: string, help: string, look: Look = {}): Flag<readonly string[]> {
  return {
    ...look,
    value,
    help,
    fallback: [],
    takes: "list",
    read: (given, _name, before) => [...before, given],
  };
}

/** `true` for yes, true, t, y, 1; `false` for no, false, f, n, 0; else undefined. */
export function readBoolean(given: string): boolean | undefined {
  const word = given.toLowerCase();
  if (["yes", "true", "t", "y", "1"].includes(word)) return true;
  if (["no", "false", "f", "n", "0"].includes(word)) return false;
  return undefined;
}
