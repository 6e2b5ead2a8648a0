// Where the engine is tested besides under the Node and the compiler of this machine.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildPlatform } from "./build.mjs";
import { builtFromPackage } from "./builtFromPackage.mjs";
import { cache } from "./cache.mjs";
import { engineTests } from "./engineTests.mjs";
import { armNode, linuxNode, supported, windowsNode } from "./nodes.mjs";
import { parses } from "./parses.mjs";
import { crossToolchains } from "./toolchains.mjs";
import { vitestRun } from "./vitestRun.mjs";

const platformSuite = (platform, how, packages, command, env = {}, end = () => {}) => ({
  name: platform,
  how,
  packages: [...(crossToolchains[platform]?.packages ?? []), ...packages],
  async run(isShort) {
    const addon = await buildPlatform(platform);
    try {
      return await engineTests({ name: platform, command: command(), addon, env, isShort });
    } finally {
      end();
    }
  },
});

const wineEnv = {
  WINEPREFIX: join(cache, "wine"),
  WINEDEBUG: "-all",
  NODE_SKIP_PLATFORM_CHECK: "1",
};
const wine = (name) =>
  [`/usr/lib/wine/${name}64`, `/usr/lib/wine/${name}`].find(existsSync) ?? name;

/** Ends the server that wine leaves behind for a while. */
function endWine() {
  const env = { ...process.env, ...wineEnv };
  spawnSync(wine("wineserver"), ["--kill"], { env, stdio: "ignore" });
}

const compilerSuite = (compiler, packages) => ({
  name: compiler,
  how: "parses all sources without a warning",
  packages,
  isLong: true,
  run: () => parses(compiler),
});

/** All suites in the order they run in; those that `isLong` marks are no part of the short form. */
export const suites = [
  platformSuite("linux-x64", "the package's addon", ["g++", "binutils"], () => [process.execPath]),
  platformSuite("linux-arm64", "arm64 Node under qemu", ["qemu-user"], () => [
    "qemu-aarch64",
    "-L",
    "/usr/aarch64-linux-gnu",
    armNode(),
  ]),
  platformSuite(
    "win32-x64",
    "node.exe under wine",
    ["wine64"],
    () => [wine("wine"), windowsNode()],
    wineEnv,
    endWine,
  ),
  ...supported.map((version) => ({
    name: `node-${version.split(".")[0]}`,
    how: `vitest on Node ${version}`,
    packages: [],
    run: (isShort) => vitestRun({ name: `node-${version}`, node: linuxNode(version), isShort }),
  })),
  compilerSuite("g++-11", ["g++-11"]),
  compilerSuite("clang++-14", ["clang-14", "g++", "g++-aarch64-linux-gnu"]),
  compilerSuite("clang++-16", ["clang-16", "g++", "g++-aarch64-linux-gnu"]),
  {
    name: "build-native",
    how: "vidtok-build-native in the packed package, with Clang 14",
    packages: ["clang-14", "g++"],
    isLong: true,
    run: (isShort) => builtFromPackage("clang++-14", isShort),
  },
];
