import { execFileSync } from "node:child_process";

// Debian 10, RHEL 8 and everything after them; Node 20 itself needs GLIBC 2.28.
const oldest = { GLIBC: [2, 28], GLIBCXX: [3, 4, 25] };

/**
 * Symbols of the C and C++ runtimes that an addon needs and that the oldest supported Linux lacks.
 */
export function youngSymbols(addon) {
  return youngSymbolsIn(execFileSync("objdump", ["-T", addon], { encoding: "utf8" }));
}

/** The same of a table of symbols as `objdump -T` prints it. */
export function youngSymbolsIn(table) {
  const found = table.matchAll(/\b(GLIBC|GLIBCXX)_([\d.]+)\)?\s+(\S+)$/gm);
  return [...found]
    .filter(([, runtime, version]) => isAfter(version.split(".").map(Number), oldest[runtime]))
    .map(([, runtime, version, symbol]) => `${symbol} (${runtime} ${version})`);
}

function isAfter(version, limit) {
  const index = version.findIndex((part, i) => part !== (limit[i] ?? 0));
  return index >= 0 && version[index] > (limit[index] ?? 0);
}
