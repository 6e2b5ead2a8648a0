import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Installs what is missing of Debian packages, as root on Debian; elsewhere says what is missing.
 */
export function provide(packages) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = `apt-get install -qq -y --no-install-recommends ${missing.join(" ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    throw new Error(`${missing.join(", ")} missing; as root on Debian: ${install}`);
  }
  console.log(`  installing ${missing.join(", ")}`);
  // The machine may not know yet what there is.
  const isDone = run(install) || (run("apt-get update -qq") && run(install));
  if (!isDone) throw new Error(`apt-get could not install ${missing.join(", ")}`);
}

const run = (command) =>
  spawnSync("sh", ["-c", command], { stdio: ["ignore", "ignore", 2], env }).status === 0;

const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };

function isInstalled(name) {
  const { status, stdout } = spawnSync("dpkg-query", ["-W", "-f=${db:Status-Status}", name], {
    encoding: "utf8",
  });
  return status === 0 && stdout === "installed";
}
