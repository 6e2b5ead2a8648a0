// Compiles the addons of platform packages and puts them, stripped, into packages/native/PLATFORM.
// Usage: node scripts/platforms/build.mjs [PLATFORM...]; without names, all that this machine can.
import { spawnSync } from "node:child_process";
import { copyFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../../packages/backend-native/scripts/compile.mjs";
import { buildable, toolchainFor } from "./toolchains.mjs";
import { youngSymbols } from "./youngSymbols.mjs";

const workspace = fileURLToPath(new URL("../..", import.meta.url));
const root = join(workspace, "packages/backend-native");

/**
 * Compiles, strips and checks the addon of one platform; returns its path in the platform package.
 */
export async function buildPlatform(platform) {
  const { isOwn, compiler, strip } = toolchainFor(platform);
  // What `pnpm build` compiled for this machine is not compiled again.
  const folder = join(root, "build", isOwn ? "Release" : join("platforms", platform));
  const built = await compile({ root, platform, compiler, folder });
  const addon = join(workspace, "packages/native", platform, "vidtok_native.node");
  copyFileSync(built, `${addon}.part`);
  const [command, ...args] = strip;
  const stripped = spawnSync(command, [...args, `${addon}.part`], { stdio: ["ignore", 2, 2] });
  if (stripped.status !== 0) throw new Error(`${command} failed for ${platform}`);
  const young = platform.startsWith("linux-") ? youngSymbols(`${addon}.part`) : [];
  if (young.length > 0) {
    throw new Error(`${platform}: ${young.join(", ")} are younger than GLIBC 2.28, GLIBCXX 3.4.25`);
  }
  renameSync(`${addon}.part`, addon);
  return addon;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  for (const platform of names.length > 0 ? names : buildable()) {
    const addon = await buildPlatform(platform);
    console.log(`${platform}: ${addon}, ${(statSync(addon).size / 1e6).toFixed(2)} MB`);
  }
}
