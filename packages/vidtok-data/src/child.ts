import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { endWithUs } from "./childTable.ts";

/** A running ffmpeg or ffprobe that never outlives this process. */
export interface Child {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves, never rejects, once the process is gone; `code` is null when it was killed. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  kill(): void;
}

const stderrLimit = 16_384;

/** Starts a program without a shell; it is killed when `signal` aborts and when we exit. */
export function startChild(
  command: string,
  args: readonly string[],
  signal?: AbortSignal | undefined,
): Child {
  signal?.throwIfAborted();
  // Statically linked builds crash in character set conversion when they load the system's tables.
  const env = { ...process.env, GCONV_PATH: "/nonexistent" };
  // A terminal's Ctrl-C reaches a whole process group; what becomes of a child is for us to decide.
  const detached = process.platform !== "win32";
  const child = spawn(command, args, { env, detached, windowsHide: true });
  const kill = (): void => void child.kill("SIGKILL");
  const forget = endWithUs(child.pid, kill);
  child.on("exit", forget);
  signal?.addEventListener("abort", kill);

  let stderr = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    stderr = (stderr + text).slice(-stderrLimit);
  });
  // Writing to a process that has died is reported by `ended`, not by the pipe.
  child.stdin.on("error", () => {});

  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const finish = (code: number | null): void => {
      forget();
      signal?.removeEventListener("abort", kill);
      resolve({ code, stderr: stderr.trim() });
    };
    child.on("error", (error) => {
      stderr += error.message;
      finish(-1);
    });
    child.on("close", finish);
  });
  return { stdin: child.stdin, stdout: child.stdout, ended, kill };
}
