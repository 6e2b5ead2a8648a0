import type { Io } from "./io.ts";

/** The world of a real process: its streams, its environment, and Ctrl-C. */
export function processIo(): Io {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Only once: a second Ctrl-C has its usual effect.
    process.once(signal, () => interrupt.abort());
  }
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    now: () => performance.now(),
    signal: interrupt.signal,
  };
}
