// What compiles the addon of a platform on this machine.
import { findCompiler } from "../../packages/backend-native/scripts/compilers.mjs";
import { ownPlatform } from "../../packages/backend-native/scripts/ownPlatform.mjs";

/** The cross compilers of Debian on x86-64, and its packages that hold them. */
export const crossToolchains = {
  "linux-arm64": {
    compiler: "aarch64-linux-gnu-g++",
    strip: ["aarch64-linux-gnu-strip"],
    packages: ["g++-aarch64-linux-gnu"],
  },
  "win32-x64": {
    compiler: "x86_64-w64-mingw32-g++-posix",
    strip: ["x86_64-w64-mingw32-strip"],
    packages: ["g++-mingw-w64-x86-64-posix"],
  },
};

/** The platforms that this machine can compile for: its own first. */
export function buildable() {
  if (process.platform === "darwin") return ["darwin-arm64", "darwin-x64"];
  return [ownPlatform(), ...Object.keys(crossToolchains)];
}

/** Compiler and strip for a platform; `isOwn` where it is this machine's. */
export function toolchainFor(platform) {
  const isOwn = platform === ownPlatform();
  if (!isOwn && crossToolchains[platform]) return { isOwn, ...crossToolchains[platform] };
  if (!buildable().includes(platform)) {
    throw new Error(`nothing compiles for ${platform} here; there is ${buildable().join(", ")}`);
  }
  const { compiler, tried } = findCompiler();
  if (!compiler) throw new Error(`there is no C++ compiler (${tried})`);
  return { isOwn, compiler, strip: process.platform === "darwin" ? ["strip", "-x"] : ["strip"] };
}
