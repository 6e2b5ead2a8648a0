import { readFileSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createFile, processStart } from "@vidtok/files";
import { TrainError } from "../trainError.ts";

/** Who trains in a folder. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began: a later one may have the same number. */
  readonly began: string;
}

/** What keeps a second training out of a run's folder: a file in it that names the process. It holds nothing until `take`. */
export class RunLock {
  #path: string | undefined;
  #text = "";

  /** Locks a folder. A lock whose process is gone is taken over; any other is a `TrainError` that names the process. */
  take(dir: string): void {
    const path = join(dir, "train.lock");
    const { pid } = process;
    const own: Holder = { pid, host: hostname(), began: processStart(pid) ?? "" };
    this.#text = `${JSON.stringify(own)}\n`;
    while (!createFile(path, this.#text)) {
      const text = readIfThere(path);
      if (text === undefined) continue;
      const holder = holderOf(text);
      if (holder === undefined || mayRun(holder)) throw isTaken(dir, path, holder);
      removeStale(path, text);
    }
    this.#path = path;
  }

  /** Gives the folder back; without a lock nothing happens. */
  release(): void {
    if (this.#path !== undefined && readIfThere(this.#path) === this.#text) rmSync(this.#path);
    this.#path = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

// Two processes may find the same stale lock. The slower one moves away what the faster has just written, sees that, and puts it back.
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.part`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readFileSync(aside, "utf8") === stale) rmSync(aside);
  else renameSync(aside, path);
}

function holderOf(text: string): Holder | undefined {
  try {
    const { pid, host, began } = JSON.parse(text) as Partial<Holder>;
    return pid !== undefined && host !== undefined ? { pid, host, began: began ?? "" } : undefined;
  } catch {
    return undefined;
  }
}

// Of another computer's processes nothing is known here.
function mayRun({ pid, host, began }: Holder): boolean {
  return host !== hostname() || processStart(pid) === began;
}

function isTaken(dir: string, path: string, holder: Holder | undefined): TrainError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : "another process";
  return new TrainError(
    `train: ${dir} is in use: ${who} trains in it; wait for that, or give this run another name. ` +
      `If it does not run any more, remove ${path}`,
  );
}
