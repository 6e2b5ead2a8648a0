import { onExit } from "@vidtok/files";

// Slot 0 is 1 once no child may start any more, the others are process ids or 0.
const slots = 64;

let own: Int32Array | undefined;

/** A new table of the child processes of a thread, in memory that threads share. */
export function childTable(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * slots));
}

/** Makes this thread, which hears neither signals nor the process's exit, note its children in `table`. */
export function noteChildrenIn(table: Int32Array): void {
  own = table;
}

/** Kills the children noted in `table`, and those that its thread is just starting. */
export function killNoted(table: Int32Array): void {
  Atomics.store(table, 0, 1);
  for (let slot = 1; slot < slots; slot++) {
    const pid = Atomics.load(table, slot);
    if (pid > 0) killGroup(pid);
  }
}

/** Kills a child and what it has started, such as the program that a script runs. */
export function killGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Lets `kill` end a child when the process ends; the returned function takes it back once the child is gone. */
export function endWithUs(pid: number | undefined, kill: () => void): () => void {
  const table = own;
  if (table === undefined) return onExit(kill);
  const slot = table.indexOf(0, 1);
  if (pid === undefined || slot < 0) return () => {};
  Atomics.store(table, slot, pid);
  if (Atomics.load(table, 0) === 1) kill();
  return () => void Atomics.compareExchange(table, slot, pid, 0);
}
