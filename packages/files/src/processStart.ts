import { readFileSync } from "node:fs";

/**
 * Clock ticks from the start of the system to that of a process, as text; "" where the system does
 * not say, undefined if no such process runs. With it a reused process id is told from the first.
 */
export function processStart(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  if (process.platform !== "linux") return "";
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // Hidden from us, or ended just now.
    return exists(pid) ? "" : undefined;
  }
  // The second field is the program's name, which may hold anything.
  const [state, ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const hasEnded = state === "Z" || state === "X";
  return hasEnded ? undefined : (fields[18] ?? "");
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
