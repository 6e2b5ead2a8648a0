import type { World } from "./io.ts";

/** The world of a real process. */
export interface ProcessIo extends World {
  /** Ends the process by the signal that interrupted it, as shells expect, though a kernel still computes. */
  endInterrupted(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGUSR1"] as const;

/** The streams, the environment and the clock of this process, and its Ctrl-C: SIGINT, SIGTERM, or SIGUSR1. */
export function processIo(): ProcessIo {
  const interrupt = new AbortController();
  let received: NodeJS.Signals = "SIGINT";
  const end = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.kill(process.pid, received);
  };
  function onSignal(signal: NodeJS.Signals): void {
    if (interrupt.signal.aborted) {
      // Whoever presses twice does not want to wait for things to be put away. A scheduler does: it
      // sends SIGUSR1 early so that there is time, and SIGTERM at the end whether it was heard or not.
      if (received !== "SIGUSR1" || signal === "SIGINT") end();
      return;
    }
    received = signal;
    interrupt.abort();
  }
  for (const signal of SIGNALS) process.on(signal, onSignal);
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
