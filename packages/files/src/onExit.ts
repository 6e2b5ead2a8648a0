const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What runs when this process ends. */
interface Cleanups {
  add(cleanup: () => void): () => void;
}

// Several packages carry a copy of this file. One list for all of them: a copy that heard a signal
// could not tell the listener of another copy from one of the program's, and none would end it.
const key = Symbol.for("@vidtok/files/onExit");
const shared = globalThis as { [key]?: Cleanups };

/**
 * Runs `cleanup`, which must be synchronous, when the process exits or is ended by a signal nobody
 * else listens to; the returned function takes it back.
 */
export function onExit(cleanup: () => void): () => void {
  return (shared[key] ??= createCleanups()).add(cleanup);
}

function createCleanups(): Cleanups {
  const cleanups = new Set<() => void>();

  function listen(action: "on" | "off"): void {
    process[action]("exit", runAll);
    for (const signal of signals) process[action](signal, onSignal);
  }

  function runAll(): void {
    // Last first: an encoder is stopped before its file is deleted.
    for (const cleanup of [...cleanups].reverse()) cleanup();
  }

  // Listening to a signal disables its default, so it is sent again once nothing listens. With
  // other listeners the program decides what happens, and "exit" comes later.
  function onSignal(signal: NodeJS.Signals): void {
    if (process.listenerCount(signal) > 1) return;
    runAll();
    cleanups.clear();
    listen("off");
    process.kill(process.pid, signal);
  }

  return {
    add(cleanup) {
      if (cleanups.size === 0) listen("on");
      cleanups.add(cleanup);
      return () => {
        if (cleanups.delete(cleanup) && cleanups.size === 0) listen("off");
      };
    },
  };
}
