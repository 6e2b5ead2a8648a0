const cleanups = new Set<() => void>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs `cleanup`, which must be synchronous, when the process exits or is ended by a signal nobody
 * else listens to; the returned function takes it back.
 */
export function onExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) listen("on");
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) listen("off");
  };
}

function listen(action: "on" | "off"): void {
  process[action]("exit", runAll);
  for (const signal of signals) process[action](signal, onSignal);
}

function runAll(): void {
  // Last first: an encoder is stopped before its file is deleted.
  for (const cleanup of [...cleanups].reverse()) cleanup();
}

// Listening to a signal disables its default, so it is sent again once nothing listens. With other
// listeners the program decides what happens, and "exit" comes later.
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  runAll();
  cleanups.clear();
  listen("off");
  process.kill(process.pid, signal);
}
