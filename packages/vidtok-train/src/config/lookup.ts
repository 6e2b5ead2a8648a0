import { valueError } from "@vidtok/model";
import type { ConfigNode, ConfigValue } from "@vidtok/model";

/** The value at `a.b.c`, or undefined where any part of the path is absent or null. */
export function lookup(config: ConfigNode, path: string): ConfigValue | undefined {
  let value: ConfigValue | undefined = config;
  for (const key of path.split(".")) {
    if (value === null || value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) return undefined;
    value = (value as ConfigNode)[key];
  }
  return value ?? undefined;
}

/** A number at `path` for which `fits` holds; a missing one is `fallback`, or an error without it. */
export function numberAt(
  config: ConfigNode,
  path: string,
  { fallback, least = -Infinity, whole = false }: NumberOptions = {},
): number {
  const value = lookup(config, path) ?? fallback;
  const isRight =
    typeof value === "number" && value >= least && (!whole || Number.isSafeInteger(value));
  if (isRight) return value;
  const bound = least > -Infinity ? ` of at least ${least}` : "";
  return refuse(path, value, `a ${whole ? "whole " : ""}number${bound}`);
}

/** What `numberAt` accepts. */
export interface NumberOptions {
  readonly fallback?: number;
  readonly least?: number;
  readonly whole?: boolean;
}

/** True or false at `path`. */
export function flagAt(config: ConfigNode, path: string, fallback: boolean): boolean {
  const value = lookup(config, path) ?? fallback;
  return typeof value === "boolean" ? value : refuse(path, value, "true or false");
}

/** Text at `path`; undefined where there is none. */
export function textAt(config: ConfigNode, path: string): string | undefined {
  const value = lookup(config, path);
  if (value === undefined || typeof value === "string") return value;
  return refuse(path, value, "a text");
}

/** One of the given words at `path`. */
export function wordAt<W extends string>(
  config: ConfigNode,
  path: string,
  words: readonly W[],
  fallback: W,
): W {
  const value = lookup(config, path) ?? fallback;
  return words.find((word) => word === value) ?? refuse(path, value, `one of ${words.join(", ")}`);
}

/** A list of numbers at `path`. */
export function numbersAt(
  config: ConfigNode,
  path: string,
  fallback: readonly number[],
): readonly number[] {
  const value = lookup(config, path) ?? fallback;
  const isNumber = (item: ConfigValue): item is number => Number.isFinite(item);
  if (!Array.isArray(value)) return refuse(path, value, "a list of numbers");
  const items: readonly ConfigValue[] = value;
  return items.every(isNumber) ? items : refuse(path, value, "a list of numbers");
}

/** A list of texts at `path`; empty where there is none. */
export function textsAt(config: ConfigNode, path: string): readonly string[] {
  const value = lookup(config, path) ?? [];
  const isText = (item: ConfigValue): item is string => typeof item === "string";
  if (!Array.isArray(value)) return refuse(path, value, "a list of texts");
  const items: readonly ConfigValue[] = value;
  return items.every(isText) ? items : refuse(path, value, "a list of texts");
}

function refuse(path: string, value: ConfigValue | undefined, needs: string): never {
  const came = value === undefined ? "missing" : JSON.stringify(value);
  throw valueError(path, `is ${came} and has to be ${needs}`);
}
