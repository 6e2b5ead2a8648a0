/** What one config may hold; the largest one shipped has 3 kB, 120 values and 7 levels. */
export const budget = {
  /**
   * Bytes of a yaml file, and characters of all overrides together; parsing these takes up to a
   * second.
   */
  bytes: 64 * 1024,
  /** Number of `a.b.c=value` overrides. */
  overrides: 1000,
  /** Mappings, lists and interpolations on the way from the root to a value. */
  depth: 32,
  /** Values in all, where what an alias or an interpolation points at counts each time. */
  values: 100_000,
  /** Characters of all keys and texts, counted the same way. */
  characters: 1024 * 1024,
} as const;

/** How much a value holds; what several aliases point at counts once for each. */
export interface Size {
  readonly depth: number;
  readonly values: number;
  readonly characters: number;
}

/** The size of a text, number, boolean or null. */
export function scalarSize(value: unknown): Size {
  return { depth: 0, values: 1, characters: typeof value === "string" ? value.length : 0 };
}

/** The size of a mapping or list with these parts; `keys` are the characters of its keys. */
export function nodeSize(parts: Iterable<Size>, keys = 0): Size {
  let [depth, values, characters] = [0, 1, keys];
  for (const part of parts) {
    depth = Math.max(depth, part.depth);
    values += part.values;
    characters += part.characters;
  }
  return { depth: depth + 1, values, characters };
}

/**
 * What is over the budget, such as `holds 200000 values, needed at most 100000`; undefined for
 * nothing.
 */
export function excess({ depth, values, characters }: Size): string | undefined {
  if (depth > budget.depth) return `is nested ${depth} deep, needed at most ${budget.depth}`;
  const pointers = "; what aliases and ${...} point at counts each time";
  if (values > budget.values) {
    return `holds ${values} values, needed at most ${budget.values}${pointers}`;
  }
  if (characters > budget.characters) {
    return `holds ${characters} characters, needed at most ${budget.characters}${pointers}`;
  }
  return undefined;
}
