import { UsageError } from "./args/usageError.ts";
import { hasColor } from "./terminal/io.ts";
import type { Io } from "./terminal/io.ts";

/** What `report` needs to know of the failed command line. */
export interface Failure {
  readonly command: string | undefined;
  /** Print stacks, causes and what ffmpeg wrote too. */
  readonly debug: boolean;
  readonly io: Io;
}

/** Prints an error as one line on stderr and returns the exit code that it means. */
export function report(error: unknown, { command, debug, io }: Failure): number {
  if (io.signal.aborted && !debug) {
    line(io, "interrupted");
    return 130;
  }
  line(io, messageOf(error));
  if (debug) io.stderr.write(details(error));
  if (error instanceof UsageError) {
    const known = command === undefined || /no such command/.test(error.message);
    io.stderr.write(`usage: vidtok ${known ? "" : `${command} `}--help\n`);
    return 2;
  }
  return io.signal.aborted ? 130 : 1;
}

/** Prints `vidtok: message` as one line on stderr. */
export function line(io: Io, message: string): void {
  const name = hasColor(io.stderr, io.env) ? "\u001b[31mvidtok:\u001b[39m" : "vidtok:";
  io.stderr.write(`${name} ${message.trim().replace(/\s*\n\s*/g, " ")}\n`);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? error.name : error.message;
}

function details(error: unknown): string {
  let out = "";
  for (let at = error; at instanceof Error; at = at.cause) {
    out += `${at === error ? "" : "caused by "}${at.stack ?? at.message}\n`;
    const detail = "detail" in at ? at.detail : undefined;
    if (typeof detail === "string" && detail !== "") out += `${detail.trimEnd()}\n`;
  }
  return out;
}
