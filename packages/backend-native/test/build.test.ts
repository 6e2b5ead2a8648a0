import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nativeAddon } from "../src/index.ts";

const { LD_PRELOAD, ASAN_OPTIONS } = process.env;
const sanitizer = { LD_PRELOAD, ASAN_OPTIONS };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vidtok-build-"));
  for (const name of ["bin", "native", "scripts", "package.json", "tsup.config.ts"]) {
    cpSync(join(import.meta.dirname, "..", name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(folder, "node_modules"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a script of the copy with a compiler of our own making, and nothing else on the path. */
function build(compiler: string, script = "scripts/build.mjs", ...args: string[]) {
  const path = join(folder, "bin");
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "compile"), `#!/bin/sh\n${compiler}\n`);
  chmodSync(join(path, "compile"), 0o755);
  return spawnSync(process.execPath, [join(folder, script), ...args], {
    encoding: "utf8",
    // What an addon with AddressSanitizer needs to load, where that is what is tested.
    env: { PATH: path, CXX: join(path, "compile"), ...sanitizer },
  });
}

test("without a compiler the build says so and succeeds", () => {
  const { status, stderr } = build("exit 1");
  expect(status).toBe(0);
  expect(stderr).toMatch(
    /^backend-native: not built, because there is no C\+\+ compiler \(.*\); install g\+\+; everything else works, on a slower backend\n$/,
  );
  expect(readFileSync(join(folder, "build/unavailable.txt"), "utf8")).toMatch(
    /^there is no C\+\+ compiler/,
  );
  expect(existsSync(join(folder, "build/lock"))).toBe(false);
});

test("a compiler that fails makes the build fail and name the command", () => {
  const { status, stderr } = build('[ "$1" = --version ]');
  expect(status).toBe(1);
  expect(stderr).toMatch(/backend-native: failed: .*compile .*-c native\//);
  expect(existsSync(join(folder, "build/Release/stamp"))).toBe(false);
});

test("a build calls the compiler once", () => {
  // A compiler that writes what it was asked to do into the file it was asked to write.
  const compiler =
    'args="$*"; while [ $# -gt 1 ]; do [ "$1" = -o ] && echo "$args" > "$2"; shift; done; exit 0';
  expect(build(compiler).status).toBe(0);
  const addon = join(folder, "build/Release/vidtok_native.node");
  expect(readFileSync(addon, "utf8")).toMatch(/-shared .*session\.cc\.o|-bundle .*session\.cc\.o/);
  expect(build("exit 1")).toMatchObject({ status: 0, stderr: "" });
  writeFileSync(join(folder, "native/view.h"), "// changed");
  expect(build(compiler).stderr).toContain("compiling the kernels");
});

// By its path: the scripts see no other programs.
const copy = ["/bin/cp", "/usr/bin/cp"].find(existsSync)!;
const command = "bin/vidtok-build-native.js";

test("vidtok-build-native says how to get a compiler", () => {
  const { status, stderr } = build("exit 1", command);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^vidtok-build-native: there is no C\+\+ compiler \(.*\); install one/);
});

test("vidtok-build-native refuses arguments that it does not know", () => {
  const { status, stderr } = build("exit 0", command, "--fast");
  expect(status).toBe(2);
  expect(stderr).toContain("Usage: vidtok-build-native [--out FILE]");
});

test("vidtok-build-native puts the addon where it is told, once it loads", () => {
  const real = nativeAddon().path!;
  const compiler = `while [ $# -gt 1 ]; do [ "$1" = -o ] && ${copy} ${real} "$2"; shift; done; exit 0`;
  const out = join(folder, "own/addon.node");
  const { status, stdout } = build(compiler, command, "--out", out);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^.*addon.node: portable.*\nuse it with VIDTOK_NATIVE_PATH=.*addon.node\n$/,
  );
  expect(readFileSync(out).equals(readFileSync(real))).toBe(true);
});

test("vidtok-build-native leaves nothing where what was compiled does not load", () => {
  const compiler =
    'while [ $# -gt 1 ]; do [ "$1" = -o ] && echo no addon > "$2"; shift; done; exit 0';
  const out = join(folder, "addon.node");
  const { status, stderr } = build(compiler, command, "--out", out);
  expect(status).toBe(1);
  expect(stderr).toContain("vidtok-build-native: ");
  expect(existsSync(out)).toBe(false);
});

test("vidtok-build-native says what to do where it may not write", () => {
  const compiler = `while [ $# -gt 1 ]; do [ "$1" = -o ] && ${copy} ${nativeAddon().path!} "$2"; shift; done; exit 0`;
  const { status, stderr } = build(compiler, command, "--out", "/dev/null/addon.node");
  expect(status).toBe(1);
  expect(stderr).toContain("give a writable place with --out FILE");
});
