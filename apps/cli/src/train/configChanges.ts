import type { ConfigValue } from "@vidtok/model";

/** The paths, as `data.params.batch_size`, of values that are not the same in two configs; a list is one value. */
export function configChanges(
  before: ConfigValue | undefined,
  now: ConfigValue | undefined,
  path = "",
): readonly string[] {
  const [left, right] = [entriesOf(before), entriesOf(now)];
  if (left === undefined || right === undefined) {
    return JSON.stringify(before) === JSON.stringify(now) ? [] : [path];
  }
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    configChanges(left.get(key), right.get(key), path === "" ? key : `${path}.${key}`),
  );
}

function entriesOf(value: ConfigValue | undefined): ReadonlyMap<string, ConfigValue> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}
