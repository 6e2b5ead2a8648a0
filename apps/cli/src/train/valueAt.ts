import type { ConfigNode, ConfigValue } from "@vidtok/model";

/** The value at a path such as `data.params.batch_size`; undefined where there is none. */
export function valueAt(config: ConfigNode, path: string): ConfigValue | undefined {
  return path
    .split(".")
    .reduce<ConfigValue | undefined>(
      (value, key) => (value as ConfigNode | null | undefined)?.[key],
      config,
    );
}
