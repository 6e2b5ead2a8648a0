// Whether a compiler takes all sources, with the headers of the published package; it only parses
// them.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { unitsOf } from "../../packages/backend-native/scripts/units.mjs";
import { root } from "./cache.mjs";

const folder = join(root, "packages/backend-native");

/** Parses all sources for x86-64, with Clang for arm64 too; warnings are errors. */
export function parses(compiler) {
  const result = { passed: 0, failed: 0, skipped: 0, problems: [] };
  const targets = compiler.startsWith("clang")
    ? { "linux-x64": ["--target=x86_64-linux-gnu"], "linux-arm64": ["--target=aarch64-linux-gnu"] }
    : { "linux-x64": [] };
  for (const [platform, target] of Object.entries(targets)) {
    for (const { source, flags } of unitsOf(platform, "Release").units) {
      const args = [...target, ...flags, "-Werror", "-Idist/node-api", "-fsyntax-only", source];
      const { status, stderr, error } = spawnSync(compiler, args, {
        cwd: folder,
        encoding: "utf8",
      });
      if (status === 0) {
        result.passed++;
        continue;
      }
      result.failed++;
      const reason = error?.message ?? stderr.split("\n")[0];
      result.problems.push(`${source} for ${platform}: ${reason}`);
    }
  }
  return result;
}
