// The compiler, the linker and the C and C++ libraries that WebAssembly is built with, all of
// Debian 12 in one version each, so that everybody builds the same file.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cache } from "../../../../scripts/platforms/cache.mjs";
import { provide } from "../../../../scripts/platforms/debian.mjs";

const llvm = "16.0.6-15~deb12u1";
const emscripten = "3.1.6~dfsg-5";

/** The commands of the compiler and the linker, and the folder of headers and libraries. */
export function toolchain() {
  provide(["clang-16", "lld-16"]);
  for (const name of ["clang-16", "lld-16"]) {
    const found = execFileSync("dpkg-query", ["-W", "-f=${Version}", name], { encoding: "utf8" });
    if (found !== `1:${llvm}`) {
      throw new Error(
        `${name} is of version ${found} instead of 1:${llvm}; install that, or change ` +
          "scripts/wasm/toolchain.mjs and build the file anew",
      );
    }
  }
  return { compiler: "clang++-16", linker: "wasm-ld-16", sysroot: sysroot() };
}

/** Unpacks Debian's emscripten, of which only headers and libraries are used. */
function sysroot() {
  const folder = join(cache, `emscripten-${emscripten}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const part = mkdtempSync(join(cache, "emscripten-part-"));
    try {
      const command = ["download", "-qq", `emscripten=${emscripten}`];
      execFileSync("apt-get", command, { cwd: part, stdio: ["ignore", "ignore", "pipe"] });
      const [file] = readdirSync(part);
      execFileSync("dpkg", ["-x", join(part, file), join(part, "root")]);
      renameSync(join(part, "root"), folder);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  }
  return join(folder, "usr/share/emscripten/cache/sysroot");
}
