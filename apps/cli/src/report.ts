import { UsageError } from "./args/usageError.ts";
import { hasColor } from "./terminal/io.ts";
import type { Io } from "./terminal/io.ts";
import { printable } from "./terminal/printable.ts";

/** Characters of the longest message that is printed whole. */
const LONGEST = 2000;

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
  const isColored = hasColor(io.stderr, io.env);
  if (isColored) io.stderr.control("red");
  io.stderr.write("vidtok:");
  if (isColored) io.stderr.control("default colour");
  io.stderr.write(` ${shortened(printable(message.trim()))}\n`);
}

/** Leaves out the middle of what is too long to be read, such as a path of 20,000 characters. */
function shortened(message: string): string {
  if (message.length <= LONGEST) return message;
  return `${message.slice(0, LONGEST / 2)} … ${message.slice(-LONGEST / 2)}`;
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
