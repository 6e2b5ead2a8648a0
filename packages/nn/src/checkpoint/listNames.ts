/** The first three of some names, for a message: `a, b, c, …`. */
export function listNames(names: readonly string[]): string {
  return `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`;
}
