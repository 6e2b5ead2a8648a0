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
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return value.map((item, i) => configValue(item, join(path, i)));
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, configValue(item, join(path, key))]),
    );
  }
  throw new ConfigError(
    `config: ${path || "the root"} is a ${typeof value}, not something yaml can hold`,
  );
}
