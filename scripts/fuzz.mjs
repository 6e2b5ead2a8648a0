// Bundles the fuzzer, which uses the packages as built, and runs it.
// Usage: npm run fuzz [-- --seconds N --seed N --only yaml,csv]
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const outdir = join(root, "node_modules/.cache/vidtok-fuzz");
await build({
  entryPoints: ["main", "worker"].map((name) => join(root, `fuzz/${name}.ts`)),
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "warning",
});
const { status } = spawnSync(
  process.execPath,
  [join(outdir, "main.mjs"), ...process.argv.slice(2)],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
