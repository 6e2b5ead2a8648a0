// Packages of platforms, and what tests them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { platform, PLATFORMS } from "../packages/backend-native/src/platform.ts";

const root = join(import.meta.dirname, "..");
const temporary = mkdtempSync(join(tmpdir(), "vidtok-platforms-"));
afterAll(() => rmSync(temporary, { recursive: true }));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}
const manifest = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
const engine = manifest("packages/backend-native");

test("the engine depends on the package of every platform, in its own version", () => {
  const names = PLATFORMS.map((target) => `@vidtok/native-${target}`);
  expect(Object.keys(engine.optionalDependencies).sort()).toEqual(names.sort());
  // Which becomes the exact version when it is packed.
  expect(new Set(Object.values(engine.optionalDependencies))).toEqual(new Set(["workspace:*"]));
});

test.each(PLATFORMS)("the package of %s is for that platform only", (target) => {
  const [os, cpu, musl] = target.split("-");
  expect(manifest(`packages/native/${target}`)).toMatchObject({
    name: `@vidtok/native-${target}`,
    version: engine.version,
    main: "vidtok_native.node",
    files: ["NOTICE", "vidtok_native.node"],
    // Where pnpm puts them into what it packs, and does not warn of them in the workspace.
    publishConfig: {
      os: [os],
      cpu: [cpu],
      ...(os === "linux" ? { libc: [musl ?? "glibc"] } : {}),
    },
  });
});

/** Bundles a test as those of the engine are and runs it with this Node. */
async function runBundled(code: string) {
  const file = join(temporary, "case.test.ts");
  writeFileSync(file, `import { expect, test } from "vitest";\n${code}`);
  const { bundle } = (await import("../scripts/platforms/bundle.mjs" as string)) as {
    bundle(names: string[], folder: string): Promise<string[]>;
  };
  const name = relative(join(root, "packages/backend-native/test"), file);
  const [path] = await bundle([name], join(temporary, "bundles"));
  const { status, stdout } = spawnSync(process.execPath, [path!], { encoding: "utf8" });
  return { status, counts: JSON.parse(stdout.trim().split("\n").at(-1)!) as unknown, stdout };
}

test("bundled tests count as vitest counts them, and a failure is one", async () => {
  const { status, counts, stdout } = await runBundled(`
    test("passes", () => expect([1, NaN]).toEqual([1, NaN]));
    test.each([["a", 1], ["b", 2]])("%s is one", (_, n) => expect(n).toBe(1));
    test("throws", async () => expect(1, "why").toBeLessThan(0));
    test("is skipped", ({ skip }) => skip("for a reason"));
    test("snapshot", () =>
      expect(() => { throw new Error("x"); }).toThrowErrorMatchingInlineSnapshot("[Error: y]"));
  `);
  expect({ status, counts }).toEqual({
    status: 1,
    counts: { passed: 2, failed: 3, skipped: 1 },
  });
  expect(stdout).toMatch(/FAILED: b is one: AssertionError/);
  expect(stdout).toMatch(/FAILED: throws: AssertionError: why/);
  expect(stdout).toContain("skipped: is skipped: for a reason");
});

test("bundled tests that run nothing do not pass", async () => {
  expect(await runBundled("void [expect, test];")).toMatchObject({
    status: 1,
    counts: { passed: 0, failed: 0, skipped: 0 },
  });
});

/** Whether a process still runs; one that only waits to be reaped does not. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z\s]/.test(stdout);
}

test("a program that hangs is ended at its limit, with what it started", async () => {
  const { runLimited } = (await import("../scripts/platforms/runLimited.mjs" as string)) as {
    runLimited(
      command: string[],
      options: { cwd: string; env: object; log: string; seconds: number },
    ): Promise<string | undefined>;
  };
  const log = join(temporary, "log");
  const run = (script: string, seconds: number) =>
    runLimited([process.execPath, "-e", script], { cwd: temporary, env: {}, log, seconds });
  expect(await run("", 60)).toBeUndefined();
  expect(await run("process.exit(3)", 60)).toBe("ended with exit code 3");
  const child = `require("node:child_process").spawn(process.execPath, ["-e", "setInterval(Date, 9)"])`;
  expect(await run(`console.log("pid", ${child}.pid)`, 2)).toBe("did not end within 2 s");
  const pid = Number(/pid (\d+)/.exec(readFileSync(log, "utf8"))![1]);
  await expect.poll(() => isRunning(pid)).toBe(false);
});

test("the platform that scripts compile for is the one whose package is loaded", async () => {
  const { ownPlatform } = (await import(
    "../packages/backend-native/scripts/ownPlatform.mjs" as string
  )) as { ownPlatform(): string };
  expect(ownPlatform()).toBe(platform());
});

test("a platform that nothing compiles for here is refused with those there are", () => {
  const script = join(root, "scripts/platforms/build.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "amiga"], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain(`nothing compiles for amiga here; there is ${platform()}`);
});

test("symbols that RHEL 8 and Debian 10 lack are found, by name and version", async () => {
  const { youngSymbolsIn } = (await import("../scripts/platforms/youngSymbols.mjs" as string)) as {
    youngSymbolsIn(table: string): string[];
  };
  const row = (version: string, name: string) =>
    `0000000000000000      DF *UND*\t0000000000000000 (${version}) ${name}\n`;
  const fine = ["GLIBC_2.2.5", "GLIBC_2.28", "GLIBCXX_3.4", "GLIBCXX_3.4.25", "CXXABI_1.3.13"];
  const young = ["GLIBC_2.29", "GLIBC_3.0", "GLIBCXX_3.4.26", "GLIBCXX_3.5"];
  const table = [...fine, ...young].map((version) => row(version, `from_${version}`)).join("");
  expect(youngSymbolsIn(table)).toEqual(
    young.map((version) => `from_${version} (${version.replace("_", " ")})`),
  );
});

test("an unknown suite is refused with those there are", () => {
  const script = join(root, "scripts/platforms/test.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "amiga"], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toContain("there is no suite amiga");
  expect(stderr).toMatch(/Suites: linux-x64, linux-arm64, win32-x64, .*clang/);
});

test("a suite that cannot run is a failure that says why", () => {
  const script = join(root, "scripts/platforms/test.mjs");
  // Without programs there is neither the compiler nor anything that could install it.
  const env = { PATH: temporary };
  const { status, stdout } = spawnSync(process.execPath, [script, "g++-11"], {
    encoding: "utf8",
    env,
  });
  expect(status).toBe(1);
  expect(stdout).toMatch(/did not run: .*g\+\+-11/);
  expect(stdout).toMatch(/^FAILED g\+\+-11 +0 passed/m);
});
