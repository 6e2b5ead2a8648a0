import type { AddonSearch } from "@vidtok/backend-native";

/** Lines that say which compiled kernels are in use, what was tried before them, and the fix. */
export function addonLines({
  from,
  path,
  attempts,
  fix,
}: AddonSearch): (readonly [string, string])[] {
  return [
    ["addon", from === undefined ? "none loads" : `${from}: ${path}`],
    ...attempts.map((attempt) => ["addon skipped", `${attempt.from}: ${attempt.reason}`] as const),
    ...(fix === undefined ? [] : [["addon fix", fix] as const]),
  ];
}
