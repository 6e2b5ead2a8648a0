// The platforms whose addons a Debian machine can compile besides its own, and with what.
import { findCompiler } from "../../packages/backend-native/scripts/compilers.mjs";

/** Compiler, strip and the Debian packages of both, by platform. */
export const toolchains = {
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

/** What a machine compiles for itself with. */
export function ownToolchain() {
  const { compiler, tried } = findCompiler();
  if (!compiler) throw new Error(`there is no C++ compiler (${tried})`);
  return { compiler, strip: process.platform === "darwin" ? ["strip", "-x"] : ["strip"] };
}
