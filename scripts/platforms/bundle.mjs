// Bundles a test file of the engine with the shim in place of vitest, so that any Node runs it.
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(join(root, "package.json"));
const fromVitest = createRequire(require.resolve("vitest/package.json"));

/** Bundles test files of packages/backend-native into a folder; returns the bundles' paths. */
export async function bundle(names, folder) {
  await build({
    entryPoints: names.map((name) => join(root, "packages/backend-native/test", name)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@vidtok/source"],
    // gpu.js is loaded by those backends only, which these tests leave alone.
    external: ["gpu.js"],
    alias: {
      vitest: fileURLToPath(new URL("vitestShim.mjs", import.meta.url)),
      "@vitest/expect": fromVitest.resolve("@vitest/expect"),
    },
    logLevel: "error",
  });
  return names.map((name) => join(folder, basename(name).replace(/\.ts$/, ".mjs")));
}
