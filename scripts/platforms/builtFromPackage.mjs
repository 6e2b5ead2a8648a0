// `vidtok-build-native` as a user runs it: from the packed package alone, outside the repository.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cache, root } from "./cache.mjs";
import { engineTests } from "./engineTests.mjs";
import { runLimited } from "./runLimited.mjs";

/** Packs the engine, compiles the addon from the tarball's content and tests it. */
export async function builtFromPackage(compiler, isShort) {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-packed-"));
  try {
    const args = ["--filter", "@vidtok/backend-native", "pack", "--pack-destination", folder];
    execFileSync("pnpm", args, { cwd: root, stdio: ["ignore", "ignore", 2] });
    execFileSync("sh", ["-c", "tar -xzf *.tgz"], { cwd: folder });
    const addon = join(folder, "addon.node");
    const builder = join(folder, "package/bin/vidtok-build-native.js");
    const log = join(cache, `build-native-${compiler}.log`);
    const problem = await runLimited([process.execPath, builder, "--out", addon], {
      cwd: folder,
      env: { CXX: compiler },
      log,
      seconds: 1200,
    });
    if (problem) throw new Error(`vidtok-build-native ${problem}; see ${log}`);
    const command = [process.execPath];
    return await engineTests({ name: "build-native", command, addon, env: {}, isShort });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
