import { line } from "../report.ts";
import type { ProcessIo } from "./processIo.ts";
import { guarded } from "./screen.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is larger than allowed",
  EIO: "an input/output error",
};

/**
 * The exit code of a command that ended with `code`: 1, with a message, if part of its result could
 * not be written to stdout. A reader that stops early, as `head` does, is no failure.
 */
export async function withLostOutput(code: number, io: ProcessIo): Promise<number> {
  await io.stdout.flushed();
  const { failure } = io.stdout;
  if (failure === undefined || failure.code === "EPIPE") return code;
  const reason = REASONS[failure.code ?? ""];
  line(
    guarded(io),
    `stdout cannot be written (${failure.code})${reason ? `: ${reason}` : ""}; ` +
      "what was to be printed is lost",
  );
  return code === 0 ? 1 : code;
}
