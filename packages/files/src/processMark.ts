import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { processStart } from "./processStart.ts";

const UNKNOWN = "00000000";

/**
 * A process as file names carry it: `PID-MACHINE-START`, the last two eight hexadecimal digits
 * each.
 */
export interface ProcessMark {
  readonly pid: number;
  /** Of the host and its process-id namespace: only there does the process id mean anything. */
  readonly machine: string;
  /** Of when the process began. */
  readonly start: string;
}

/** The mark of this process. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, machine: machine(), start: startMark(process.pid) ?? UNKNOWN };
}

/** Whether the process of a mark may still run; on another machine every process may. */
export function mayRun(mark: ProcessMark): boolean {
  if (mark.machine !== machine()) return true;
  const start = startMark(mark.pid);
  if (start === undefined) return false;
  return start === mark.start || start === UNKNOWN || mark.start === UNKNOWN;
}

let ownMachine: string | undefined;

function machine(): string {
  const namespace = attempt(() => readlinkSync("/proc/self/ns/pid"));
  return (ownMachine ??= digits(`${hostname()}\n${namespace}`));
}

function startMark(pid: number): string | undefined {
  const start = processStart(pid);
  if (start === undefined || start === "") return start === "" ? UNKNOWN : undefined;
  // Ticks count from the start of the system, so those before a restart are told apart.
  const boot = attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  return digits(`${boot}\n${start}`);
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function digits(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
