import type { Options } from "tsup";

/** The one way every package is built: ESM and declarations for Node 20. */
export function library(entry: string | Record<string, string>): Options {
  return {
    entry: typeof entry === "string" ? [entry] : entry,
    format: "esm",
    target: "node20",
    dts: { compilerOptions: { customConditions: ["@vidtok/source"], noEmit: false } },
    clean: true,
    sourcemap: true,
    splitting: true,
    silent: true,
  };
}
