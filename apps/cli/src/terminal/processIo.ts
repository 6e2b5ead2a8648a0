import type { World } from "./io.ts";
import { output } from "./output.ts";
import type { Output } from "./output.ts";

/** The world of a real process. */
export interface ProcessIo extends World {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Ends the process by the signal that interrupted it, as shells expect, though a kernel still computes. */
  endInterrupted(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const;

/** The streams, the environment and the clock of this process, and its Ctrl-C: any of `SIGNALS`. */
export function processIo(): ProcessIo {
  const interrupt = new AbortController();
  let received: NodeJS.Signals = "SIGINT";
  const end = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.kill(process.pid, received);
  };
  function onSignal(signal: NodeJS.Signals): void {
    if (interrupt.signal.aborted) {
      if (isHurried(received, signal)) end();
      return;
    }
    received = signal;
    interrupt.abort();
  }
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    now: () => performance.now(),
    signal: interrupt.signal,
    endInterrupted: end,
  };
}

/**
 * Whether a second signal asks to end at once. Whoever presses Ctrl-C twice does not want to wait.
 * A scheduler does: it sends SIGUSR1 early so that there is time, and SIGTERM later in any case. A
 * closed terminal sends SIGHUP, and so does its shell.
 */
function isHurried(first: NodeJS.Signals, second: NodeJS.Signals): boolean {
  if (second === "SIGINT") return true;
  return second !== "SIGHUP" && first !== "SIGHUP" && first !== "SIGUSR1";
}
