import { readBoolean } from "./flag.ts";
import type { Flag, Flags, Values } from "./flag.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usageError.ts";

/** A command line taken apart. */
export interface Parsed<F extends Flags> {
  readonly values: Values<F>;
  /** What is not a flag: files, or `a.b.c=value` overrides. */
  readonly rest: readonly string[];
}

// Hand-written because node:util.parseArgs knows neither a switch with an optional value nor a list.
/**
 * Reads arguments the way the reference's scripts take them: `--a_b`, `--a-b`, `--name=value`, switches bare or with a
 * yes or no, lists, and `--a.b.c=value` as another spelling of the override `a.b.c=value`.
 */
export function parse<const F extends Flags>(args: readonly string[], flags: F): Parsed<F> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) values[name] = flag.fallback;
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--") {
      rest.push(...args.slice(at + 1));
      break;
    }
    if (!isFlag(arg)) {
      rest.push(arg);
      continue;
    }
    const equals = arg.indexOf("=");
    const spelled = equals < 0 ? arg : arg.slice(0, equals);
    if (spelled.startsWith("--") && spelled.includes(".")) {
      rest.push(arg.slice(2));
      continue;
    }
    const name = find(spelled, flags);
    const flag = flags[name]!;
    const given: string[] = equals < 0 ? [] : [arg.slice(equals + 1)];
    if (equals < 0) while (takesMore(flag, given.length, args[at + 1])) given.push(args[++at]!);
    if (given.length === 0 && flag.takes === "switch") given.push("true");
    if (given.length === 0) throw new UsageError(`${spelled}: needs a value, ${flag.value}`);
    for (const each of given) values[name] = flag.read(each, spelled, values[name]);
  }
  return { values: values as Values<F>, rest };
}

function isFlag(arg: string): boolean {
  return /^-(-|[a-zA-Z])/.test(arg);
}

function takesMore(flag: Flag<unknown>, taken: number, next: string | undefined): boolean {
  if (next === undefined || isFlag(next)) return false;
  if (flag.takes === "list") return taken === 0 || !next.includes("=");
  if (flag.takes === "switch") {
    return taken === 0 && (readBoolean(next) !== undefined || flag.accepts?.(next) === true);
  }
  return taken === 0;
}

function find(spelled: string, flags: Flags): string {
  const word = spelled.replace(/^-+/, "").replaceAll("-", "_");
  const names = Object.keys(flags);
  const found = spelled.startsWith("--")
    ? names.find((name) => name === word)
    : names.find((name) => flags[name]!.short === word);
  if (found !== undefined) return found;
  const near = spelled.startsWith("--") ? nearest(word, names) : undefined;
  throw new UsageError(`${spelled}: no such flag${near ? `; did you mean --${near}?` : ""}`);
}
