import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { candidates } from "../src/candidates.ts";
import { nativeAddon, search } from "../src/loadAddon.ts";
import { openAddon } from "../src/openAddon.ts";
import { platform, PLATFORMS } from "../src/platform.ts";
import { openPackage } from "../src/platformPackage.ts";

const real = nativeAddon().path!;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vidtok-loading-"));
  // These look for addons themselves, also where the tests run on an addon of a given path.
  vi.stubEnv("VIDTOK_NATIVE_PATH", "");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  vi.resetModules();
});

/**
 * Installs a platform package with an addon and opens it as version 1.0.0 of this package would.
 */
function openInstalled(version: string, addon?: Buffer) {
  const home = join(folder, "node_modules/@vidtok/native-here");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ version }));
  if (addon) writeFileSync(join(home, "vidtok_native.node"), addon);
  const require = createRequire(join(folder, "index.js"));
  return openPackage("@vidtok/native-here", "1.0.0", require);
}

test("the platform package of this version is loaded", () => {
  const { addon, path } = openInstalled("1.0.0", readFileSync(real));
  expect(addon.isas[0]!.isa).toBe("portable");
  expect(path).toBe(join(folder, "node_modules/@vidtok/native-here/vidtok_native.node"));
});

test("a platform package that is not installed is told apart", () => {
  const require = createRequire(join(folder, "index.js"));
  expect(() => openPackage("@vidtok/native-here", "1.0.0", require)).toThrow(
    /^it is not installed$/,
  );
});

test("a platform package of another version is refused before it is loaded", () => {
  expect(() => openInstalled("0.9.0", Buffer.from("no addon"))).toThrow(
    /^it has version 0.9.0, @vidtok\/backend-native has 1.0.0$/,
  );
});

test("a platform package without its addon says which file is missing", () => {
  expect(() => openInstalled("1.0.0")).toThrow(/native-here\/vidtok_native.node does not exist$/);
});

test("a truncated addon does not load", () => {
  const addon = readFileSync(real);
  for (const length of [0, 3, 40, 1000, addon.length - 1]) {
    const part = addon.subarray(0, length);
    expect(() => openInstalled("1.0.0", part)).toThrow(/vidtok_native.node does not load: .+/);
  }
});

test("an addon for another processor does not load", () => {
  const addon = readFileSync(real);
  // Bytes 4 to 7 hold the processor in a Mach-O header; bytes 18 and 19 in that of ELF.
  addon.fill(0x7f, ...(process.platform === "darwin" ? [4, 8] : [18, 20]));
  expect(() => openInstalled("1.0.0", addon)).toThrow(/vidtok_native.node does not load: .+/);
});

test("a module that is no addon is refused", () => {
  const path = join(folder, "other.cjs");
  writeFileSync(path, "module.exports = { isas: [] };");
  expect(() => openAddon(path)).toThrow(`${path} is not an addon of this package`);
});

test("the first place that loads is taken, and the ones before it are kept with their reasons", () => {
  const fails = (from: string) => ({
    from,
    load: () => {
      throw new Error(`no ${from}`);
    },
  });
  const loads = (from: string) => ({
    from,
    load: () => ({ addon: openAddon(real), path: `/${from}` }),
  });
  const attempts = [{ from: "build", reason: "no build" }];
  expect(search([fails("build"), loads("package"), fails("wasm")]).search).toEqual({
    from: "package",
    path: "/package",
    attempts,
  });
  // WebAssembly runs, but more slowly than what could be had.
  expect(search([fails("build"), loads("wasm")]).search).toEqual({
    from: "wasm",
    path: "/wasm",
    attempts,
    fix: expect.stringContaining("pnpm build") as string,
  });
  expect(search([fails("build")])).toEqual({
    search: { attempts, fix: expect.stringContaining("pnpm build") as string },
  });
});

test("a build comes before the package of this platform", () => {
  expect(
    candidates()
      .slice(0, 2)
      .map(({ from }) => from),
  ).toEqual(["build", `@vidtok/native-${platform()}`]);
});

test("VIDTOK_NATIVE_PATH is the only place where it is set", async () => {
  vi.stubEnv("VIDTOK_NATIVE_PATH", "/nowhere/vidtok_native.node");
  const fresh = await import("../src/index.ts");
  expect(() => fresh.nativeBackend()).toThrow(
    "backend native: no addon loads (VIDTOK_NATIVE_PATH: /nowhere/vidtok_native.node does not " +
      "exist); set VIDTOK_NATIVE_PATH to the file of an addon, or unset it",
  );
  expect(fresh.nativeAddon().attempts).toHaveLength(1);
});

test("that no addon loads is an UnavailableError", async () => {
  vi.stubEnv("VIDTOK_NATIVE_PATH", folder);
  const tensor = await import("@vidtok/tensor");
  const fresh = await import("../src/index.ts");
  expect(() => fresh.nativeBackend()).toThrow(tensor.UnavailableError);
});

test("away from the repository the fix names the package, the lock file and the compiler", async () => {
  // As installed: the package alone, without what only the repository has.
  const home = join(folder, "node_modules/@vidtok/backend-native");
  mkdirSync(home, { recursive: true });
  cpSync(join(import.meta.dirname, "../src"), join(home, "src"), { recursive: true });
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(home, "node_modules"));
  writeFileSync(join(home, "package.json"), '{ "version": "1.0.0" }');
  const away = (await import(join(home, "src/loadAddon.ts"))) as {
    nativeAddon: typeof nativeAddon;
  };
  const { attempts, fix } = away.nativeAddon();
  const name = `@vidtok/native-${platform()}`;
  const builder = join(home, "bin/vidtok-build-native.js");
  expect(attempts[0]!.from).toBe(name);
  expect(fix).toBe(
    `delete node_modules and the lock file (one of another platform leaves ${name} out) and ` +
      `install again with optional dependencies, or compile it with \`node "${builder}"\``,
  );
});

test("a C library other than glibc means the musl package", () => {
  vi.spyOn(process, "platform", "get").mockReturnValue("linux");
  const getReport = vi.spyOn(process.report, "getReport");
  getReport.mockReturnValue({ header: { glibcVersionRuntime: "2.28" } });
  expect(platform()).toBe(`linux-${process.arch}`);
  getReport.mockReturnValue({ header: {} });
  expect(platform()).toBe(`linux-${process.arch}-musl`);
  vi.spyOn(process, "platform", "get").mockReturnValue("win32");
  expect(platform()).toBe(`win32-${process.arch}`);
  expect(PLATFORMS).toContain("linux-x64-musl");
});
