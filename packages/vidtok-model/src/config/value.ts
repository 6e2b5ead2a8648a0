import { budget } from "./budget.ts";

/** What a config can hold: the plain data of yaml. */
export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

/** A mapping of a config. */
export type ConfigNode = { readonly [key: string]: ConfigValue };

/** A merged config with every `${...}` replaced by what it stands for. */
export type ResolvedConfig = ConfigNode;

/** A config that cannot be read, merged or understood; the message says where and why. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /**
   * The value that is wrong, as `model.params.ch`; `loadConfig` and its like put file and line
   * before it.
   */
  readonly path: string | undefined;

  constructor(message: string, options: ErrorOptions & { readonly path?: string } = {}) {
    super(message, options);
    this.path = options.path;
  }
}

/** The error `config: <path> <reason>` about the value at `path`; the root has the path "". */
export function valueError(path: string, reason: string): ConfigError {
  return new ConfigError(`config: ${path || "the root"} ${reason}`, { path });
}

/** Whether a value is a mapping. */
export function isNode(value: ConfigValue | undefined): value is ConfigNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Name of `key` below `path`, e.g. `model.params` + `ch` = `model.params.ch`. */
export function join(path: string, key: string | number): string {
  return path === "" ? String(key) : `${path}.${key}`;
}

/** Copies plain data into a config value; `path` names it in errors. */
export function configValue(value: unknown, path: string): ConfigValue {
  return copy(value, path, 0);
}

function copy(value: unknown, path: string, depth: number): ConfigValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return value;
  if (depth > budget.depth) {
    throw new ConfigError(
      `config: ${path.split(".")[0]} is nested more than ${budget.depth} deep, or holds itself`,
    );
  }
  if (Array.isArray(value)) return value.map((item, i) => copy(item, join(path, i), depth + 1));
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    if (Object.hasOwn(value, "__proto__")) {
      throw new ConfigError(`config: ${join(path, "__proto__")} is not allowed as a key`);
    }
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, copy(item, join(path, key), depth + 1)]),
    );
  }
  throw new ConfigError(
    `config: ${path || "the root"} is a ${typeof value}, not something yaml can hold`,
  );
}
