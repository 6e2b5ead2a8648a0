import { lstatSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { writerOf } from "./partialName.ts";
import { mayRun } from "./processMark.ts";
import { processStart } from "./processStart.ts";

// Names that earlier versions wrote aside: `NAME.partial-PID`, `NAME.partial-PID-COUNT`,
// `NAME.PID.part` and `NAME.PID-TIME.part`.
const FORMER = /^(.*)\.(?:partial-(\d+)(?:-\d+)?|(\d+)(?:-[0-9a-z]+)?\.part)$/s;

// Names in a folder that may be left over, listed when this process first writes there: whoever
// writes thousands of files into one folder does not list it thousands of times.
const candidates = new Map<string, readonly string[]>();

/** Removes files that processes which no longer run had begun to write aside for `path`. */
export function removeLeftovers(path: string): void {
  const [folder, name] = [dirname(path), basename(path)];
  for (const candidate of candidatesIn(folder)) {
    if (isLeftover(candidate, name)) removeRegularFile(join(folder, candidate));
  }
}

/**
 * Removes every file below `folder` that was being written aside. Only for a folder that nobody
 * else writes to.
 */
export function removeAllLeftovers(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const isPartial = writerOf(basename(name)) !== undefined || FORMER.test(basename(name));
    if (isPartial) removeRegularFile(join(folder, name));
  }
}

function candidatesIn(folder: string): readonly string[] {
  let names = candidates.get(folder);
  if (names === undefined) {
    names = listed(folder).filter((name) => writerOf(name) !== undefined || FORMER.test(name));
    candidates.set(folder, names);
  }
  return names;
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder that may be written need not be readable.
    return [];
  }
}

function isLeftover(candidate: string, name: string): boolean {
  const writer = writerOf(candidate, name);
  if (writer !== undefined) return !mayRun(writer);
  const [, former, pid, other] = FORMER.exec(candidate) ?? [];
  return former === name && processStart(Number(pid ?? other)) === undefined;
}

function removeRegularFile(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return;
  try {
    rmSync(path, { force: true });
  } catch {
    // Somebody else's: it stays, and does no harm.
  }
}
