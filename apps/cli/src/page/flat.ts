/** The entries of nested settings one by one, as `sampling.height`; lists are joined with commas. */
export function flat(settings: object): Readonly<Record<string, string | number | null>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => entries(key, value)),
  );
}

function entries(key: string, value: unknown): readonly [string, string | number | null][] {
  if (Array.isArray(value)) return [[key, value.join(", ")]];
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => entries(`${key}.${name}`, inner));
  }
  return [[key, typeof value === "number" || value === null ? value : String(value)]];
}
