import { spawn } from "node:child_process";
import { once } from "node:events";
import type { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { endWithUs, killGroup } from "./childTable.ts";
import { exhaustion, startFailure } from "./startFailure.ts";

/** A running ffmpeg or ffprobe that never outlives this process. */
export interface Child {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Resolves once the process is gone; `code` is null when it was killed. Rejects where the system
   * had no room for its processes, threads or files, which is no fault of the video.
   */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  kill(): void;
}

const stderrLimit = 16_384;

/** Bounds of a child process. */
export interface ChildOptions {
  /** Kills it when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of memory it may use, where the system can hold it to that (Linux); default: any. */
  readonly memory?: number | undefined;
}

/**
 * Starts a program with these very arguments; it is killed when `signal` aborts and when we exit.
 */
export function startChild(
  program: string,
  programArgs: readonly string[],
  { signal, memory }: ChildOptions = {},
): Child {
  signal?.throwIfAborted();
  // Statically linked builds crash in character set conversion when they load the system's tables.
  const env = { ...process.env, GCONV_PATH: "/nonexistent" };
  // A terminal's Ctrl-C reaches a whole process group; what becomes of a child is for us to decide.
  const detached = process.platform !== "win32";
  const [command, args] = bounded(program, programArgs, memory);
  const child = spawn(command, args, { env, detached, windowsHide: true });
  // Without room for pipes Node makes none, whatever its types say.
  if ((child.stdin as Writable | undefined) === undefined) return unstarted(program, child);
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    killGroup(child.pid);
  };
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

  const ended = new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
    const finish = (code: number | null): void => {
      forget();
      signal?.removeEventListener("abort", kill);
      resolve({ code, stderr: stderr.trim() });
    };
    child.on("error", (error) => {
      const failure = startFailure(program, error);
      if (failure) reject(failure);
      stderr += error.message;
      finish(-1);
    });
    child.on("close", (code) => {
      const failure = code === 0 ? undefined : exhaustion(program, stderr);
      if (failure) reject(failure);
      finish(code);
    });
  });
  // Not everybody waits for the end.
  ended.catch(() => {});
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, kill };
}

/** A child that takes and gives nothing. */
function unstarted(program: string, child: EventEmitter): Child {
  const stdin = new Writable().on("error", () => {});
  stdin.destroy(new Error(`${program} has not started`));
  const ended = once(child, "error").then(([error]) => {
    throw startFailure(program, error) ?? error;
  });
  ended.catch(() => {});
  return { stdin, stdout: Readable.from([]), stderr: Readable.from([]), ended, kill: () => {} };
}

const shell = "/bin/sh";

// Node cannot set limits. The shell sets one and then becomes the program, under the same id; a
// lower limit that is there already stays.
function bounded(
  program: string,
  args: readonly string[],
  memory: number | undefined,
): [command: string, args: readonly string[]] {
  if (memory === undefined || !existsSync(shell)) return [program, args];
  const script = `ulimit -d ${Math.ceil(memory / 1024)} 2>/dev/null || :; exec "$@"`;
  return [shell, ["-c", script, "sh", program, ...args]];
}
