import type { Io } from "./io.ts";

/** The world of a real process. */
export interface ProcessIo extends Io {
  /** Ends the process by the signal that interrupted it, as shells expect, though a kernel still computes. */
  endInterrupted(): void;
}

/** The streams, the environment and the clock of this process, and its Ctrl-C. */
export function processIo(): ProcessIo {
  const interrupt = new AbortController();
  let received: NodeJS.Signals = "SIGINT";
  const end = (): void => {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    process.kill(process.pid, received);
  };
  function onSignal(signal: NodeJS.Signals): void {
    // Whoever presses twice does not want to wait for things to be put away.
    if (interrupt.signal.aborted) return end();
    received = signal;
    interrupt.abort();
  }
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  // The reader of a pipe may stop early, as `head` does.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    now: () => performance.now(),
    signal: interrupt.signal,
    endInterrupted: end,
  };
}
