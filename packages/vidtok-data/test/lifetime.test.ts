import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { expect, test, vi } from "vitest";
import { ffmpegPath, ffprobePath } from "../src/binaries.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

/** Compiles the package file by file, because the programs started here run without a bundler. */
function compileTo(folder: string): void {
  const source = fileURLToPath(new URL("../src/", import.meta.url));
  mkdirSync(folder);
  for (const name of readdirSync(source)) {
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
      },
    });
    writeFileSync(join(folder, name.replace(/\.ts$/, ".js")), outputText);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A killed process whose new parent has not noticed yet is still listed, as a zombie.
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

/** Runs `code` in a process of its own until it prints "ready"; tells the pid of its ffmpeg. */
async function program(folder: string, code: string) {
  compileTo(join(folder, "package"));
  const pidFile = join(folder, "pid");
  const wrapper = join(folder, "ffmpeg.sh");
  writeFileSync(wrapper, `#!/bin/sh\necho $$ > '${pidFile}'\nexec '${ffmpegPath()}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  const index = pathToFileURL(join(folder, "package", "index.js")).href;
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", `import * as data from "${index}";\n${code}`],
    { env: { ...process.env, FFMPEG_PATH: wrapper, FFPROBE_PATH: ffprobePath() } },
  );
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  const ended = new Promise<string | number | null>((resolve) =>
    child.on("close", (exitCode, signal) => resolve(signal ?? exitCode)),
  );
  await vi.waitFor(() => expect(output).toBe("ready\n"), { timeout: 20_000 });
  const pid = Number(readFileSync(pidFile, "utf8"));
  expect(isRunning(pid)).toBe(true);
  return { child, ended, pid };
}

const gone = (pid: number): Promise<void> =>
  vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 });

const stay = "console.log('ready'); setInterval(() => {}, 1000);";

test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const)(
  "a decoder does not outlive a reader ended by %s",
  async (signal) => {
    const folder = temporaryFolder();
    // More frames than a pipe holds, so that the decoder is still at work.
    const video = make(join(folder, "a.mp4"), `${picture(60, { size: "320x240" })} ${h264}`);
    const { child, ended, pid } = await program(
      folder,
      `const frames = data.streamFrames(${JSON.stringify(video)}, [...Array(60).keys()]);
       await frames.next(); ${stay}`,
    );
    child.kill(signal);
    expect(await ended).toBe(signal);
    await gone(pid);
  },
);

const write = (path: string): string =>
  `const writer = data.writeVideo(${JSON.stringify(path)}, { width: 64, height: 64, fps: 5 });
   await writer.write(new Uint8Array(64 * 64 * 3));`;

test.each(["SIGTERM", "SIGINT"] as const)(
  "a writer ended by %s leaves neither encoder nor file",
  async (signal) => {
    const folder = temporaryFolder();
    const out = join(folder, "out");
    mkdirSync(out);
    const { child, ended, pid } = await program(folder, write(join(out, "a.mp4")) + stay);
    await vi.waitFor(() => expect(readdirSync(out).length).toBe(1), { timeout: 10_000 });
    child.kill(signal);
    expect(await ended).toBe(signal);
    await gone(pid);
    expect(readdirSync(out)).toEqual([]);
  },
);

test("a program that exits or handles its signals itself leaves nothing either", async () => {
  const folder = temporaryFolder();
  const out = join(folder, "out");
  mkdirSync(out);
  const handle = "process.on('SIGTERM', () => process.exit(7));";
  const { child, ended, pid } = await program(folder, handle + write(join(out, "a.mp4")) + stay);
  child.kill("SIGTERM");
  expect(await ended).toBe(7);
  await gone(pid);
  expect(readdirSync(out)).toEqual([]);
});
