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

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vidtok-build-"));
  for (const name of ["binding.gyp", "native", "scripts", "package.json"]) {
    cpSync(join(import.meta.dirname, "..", name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(folder, "node_modules"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Builds the copy with a compiler of our own making, and nothing else on the path. */
function build(compiler: string) {
  const path = join(folder, "bin");
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "compile"), `#!/bin/sh\n${compiler}\n`);
  chmodSync(join(path, "compile"), 0o755);
  return spawnSync(process.execPath, [join(folder, "scripts/build.mjs")], {
    encoding: "utf8",
    env: { PATH: path, CXX: join(path, "compile") },
  });
}

test("without a compiler the build says so and succeeds", () => {
  const { status, stderr } = build("exit 1");
  expect(status).toBe(0);
  expect(stderr).toMatch(
    /^backend-native: not built, because there is no C\+\+ compiler \(.*\); install g\+\+; everything else works, on the gpu.js backend\n$/,
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

test("a build without make and python3 calls the compiler itself, once", () => {
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
