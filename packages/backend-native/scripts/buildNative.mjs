// `vidtok-build-native`: compiles the addon where this package is installed, for platforms without
// a package of their own.
import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compile } from "./compile.mjs";
import { findCompiler } from "./compilers.mjs";
import { ownPlatform } from "./ownPlatform.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

const help = `Usage: vidtok-build-native [--out FILE]

Compiles the kernels of @vidtok/backend-native with GCC 11 or Clang 14, or newer.

  --out FILE  Where the addon goes, for VIDTOK_NATIVE_PATH [build/Release of the package]
  --help      Print this help

CXX names the compiler [c++, g++ or clang++].
`;

/** Runs the command with its arguments and returns the exit code. */
export async function buildNative(args) {
  let options;
  try {
    options = parseArgs({
      args,
      options: { out: { type: "string" }, help: { type: "boolean" } },
    }).values;
  } catch (error) {
    return fail(`${error.message}\n${help}`, 2);
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const { compiler, tried } = findCompiler();
  if (!compiler) {
    return fail(
      `there is no C++ compiler (${tried}); install one (Debian: apt install g++, macOS: ` +
        `xcode-select --install, Windows: MinGW-w64), or name one in CXX`,
    );
  }
  const to = resolve(options.out ?? join(root, "build/Release/vidtok_native.node"));
  const folder = mkdtempSync(join(tmpdir(), "vidtok-build-"));
  try {
    makeFolderOf(to);
    process.stderr.write(`compiling with ${compiler}; this takes a minute or two\n`);
    const addon = await compile({ root, platform: ownPlatform(), compiler, folder });
    const { isas } = createRequire(import.meta.url)(addon);
    copyFileSync(addon, `${to}.part`);
    renameSync(`${to}.part`, to);
    const runs = isas.filter(({ reason }) => reason === "").map(({ isa }) => isa);
    process.stdout.write(`${to}: ${runs.join(", ")}\n`);
    if (options.out) process.stdout.write(`use it with VIDTOK_NATIVE_PATH=${to}\n`);
    return 0;
  } catch (error) {
    return fail(error.message);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Before minutes of compiling: the folder can be written. */
function makeFolderOf(file) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw new Error(
      `${dirname(file)} cannot be written (${error.message}); give a writable place with ` +
        "--out FILE and set VIDTOK_NATIVE_PATH to it",
    );
  }
}

function fail(message, code = 1) {
  process.stderr.write(`vidtok-build-native: ${message}\n`);
  return code;
}
