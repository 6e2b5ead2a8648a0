import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, vi } from "vitest";
import { ffmpegPath, ffprobePath } from "../src/binaries.ts";
import { compiledPackage } from "./compiled.ts";

/** Whether a process with this id is alive. */
export function isRunning(pid: number): boolean {
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

/**
 * Runs `code` in a process of its own until it prints "ready"; tells the pid of its ffmpeg, which
 * hangs where the video is called stuck and does not count where it is called quick.
 */
export async function program(folder: string, code: string) {
  const index = pathToFileURL(join(compiledPackage(), "index.js")).href;
  const pidFile = join(folder, "pid");
  const wrapper = join(folder, "ffmpeg.sh");
  // Written aside, so that a pid that is there is a whole one.
  const note = `echo $$ > '${pidFile}.part' && mv '${pidFile}.part' '${pidFile}'`;
  const start = `case "$*" in *quick*) ;; *stuck*) ${note}; exec sleep 60;; *) ${note};; esac`;
  writeFileSync(wrapper, `#!/bin/sh\n${start}\nexec '${ffmpegPath()}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", `import * as data from "${index}";\n${code}`],
    {
      env: { ...process.env, FFMPEG_PATH: wrapper, FFPROBE_PATH: ffprobePath() },
      // A process group of its own, as a shell gives to a command.
      detached: true,
    },
  );
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  const ended = new Promise<string | number | null>((resolve) =>
    child.on("close", (exitCode, signal) => resolve(signal ?? exitCode)),
  );
  await vi.waitFor(() => expect(output).toBe("ready\n"), { timeout: 20_000 });
  // What goes to an encoder fits into its pipe, so that a program can be ready before it.
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 20_000 });
  const pid = Number(readFileSync(pidFile, "utf8"));
  expect(isRunning(pid)).toBe(true);
  return { child, ended, pid, output: () => output };
}

/** Resolves once a process has ended. */
export const gone = (pid: number): Promise<void> =>
  vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 });

/** Code that tells the test to go on, and stays. */
export const stay = "console.log('ready'); setInterval(() => {}, 1000);";
