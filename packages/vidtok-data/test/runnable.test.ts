import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, chownSync, constants, lstatSync, mkdirSync } from "node:fs";
import { readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { runnable } from "../src/runnable.ts";
import { temporaryFolder } from "./material.ts";

const nobody = 65534;

function program(folder: string, mode: number): string {
  const path = join(folder, "program");
  writeFileSync(path, "#!/bin/sh\necho it runs\n");
  chmodSync(path, mode);
  return path;
}

test("a program without the exec bit gets it, or the error says what to do", () => {
  const path = program(temporaryFolder(), 0o644);
  expect(runnable(path, "FFMPEG_PATH")).toBe(path);
  expect(() => accessSync(path, constants.X_OK)).not.toThrow();
  expect(() => runnable(`${path}-gone`, "FFMPEG_PATH")).toThrow(
    `${path}-gone is not executable and cannot be made so; chmod +x it or set FFMPEG_PATH`,
  );
});

/** A program of root's that others may read, and what another user gets who asks for it. */
async function asNobody(cacheMode: "own" | "foreign" | "linked" | "read-only") {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const path = program(folder, 0o744);
  const [cache, temporary] = [join(folder, "cache"), join(folder, "tmp")];
  mkdirSync(cache);
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  if (cacheMode !== "read-only") chownSync(cache, nobody, nobody);
  if (cacheMode === "foreign") mkdirSync(join(cache, "programs"), { mode: 0o777 });
  if (cacheMode === "linked") symlinkSync(temporary, join(cache, "programs"));
  const script = join(folder, "ask.mjs");
  const contents = `
    import { runnable } from "./runnable.ts";
    import { execFileSync } from "node:child_process";
    const path = runnable(process.argv[2], "FFMPEG_PATH");
    console.log(JSON.stringify({ path, said: String(execFileSync(path)) }));`;
  await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, "..", "src"), loader: "ts" },
    ...{ bundle: true, platform: "node", format: "esm", outfile: script, logLevel: "error" },
  });
  chmodSync(script, 0o755);
  const ask = () => {
    const { stdout, stderr } = spawnSync(process.execPath, [script, path], {
      ...{ cwd: "/", uid: nobody, gid: nobody, encoding: "utf8" },
      env: { VIDTOK_CACHE: cache, TMPDIR: temporary },
    });
    expect(stderr).toBe("");
    return JSON.parse(stdout) as { path: string; said: string };
  };
  return { ask, cache, temporary };
}

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)("another user starts a copy of his own, made once (needs root)", async () => {
  const { ask, cache } = await asNobody("own");
  const first = ask();
  expect(first.said).toBe("it runs\n");
  expect(first.path.startsWith(join(cache, "programs", "program-"))).toBe(true);
  const { mode, uid } = lstatSync(join(cache, "programs"));
  expect([mode & 0o777, uid]).toEqual([0o700, nobody]);
  const made = lstatSync(first.path).mtimeMs;
  expect(ask()).toEqual(first);
  expect(lstatSync(first.path).mtimeMs).toBe(made);
  expect(readdirSync(join(cache, "programs"))).toHaveLength(1);
});

test.skipIf(!isRoot).each(["foreign", "linked", "read-only"] as const)(
  "a %s folder for copies is not used (needs root)",
  async (mode) => {
    const { ask, temporary } = await asNobody(mode);
    const { path, said } = ask();
    expect(said).toBe("it runs\n");
    expect(path.startsWith(join(temporary, `vidtok-programs-${nobody}`))).toBe(true);
  },
);
