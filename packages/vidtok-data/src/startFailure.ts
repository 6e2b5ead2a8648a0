import { basename } from "node:path";

const REASONS: Readonly<Record<string, string>> = {
  EMFILE: "this process has too many open files; raise `ulimit -n` or use fewer loader threads",
  ENFILE: "the system has too many open files",
  EAGAIN: "this user has too many processes; raise `ulimit -u` or end some",
  ENOMEM: "the system is out of memory",
};

/**
 * The error of a program that the system had no room to start, so that no video is blamed for it;
 * undefined where `error` is of another kind.
 */
export function startFailure(program: string, cause: unknown): Error | undefined {
  const { code = "" } = cause as NodeJS.ErrnoException;
  const reason = REASONS[code];
  if (reason === undefined) return undefined;
  return new Error(`${basename(program)}: cannot be started (${code}): ${reason}`, { cause });
}

/**
 * The error of a program that the system refused a thread or a file, by what it wrote to stderr.
 */
export function exhaustion(program: string, stderr: string): Error | undefined {
  const [, words] = /: (Resource temporarily unavailable|Too many open files)$/m.exec(stderr) ?? [];
  if (words === undefined) return undefined;
  const code = words === "Too many open files" ? "EMFILE" : "EAGAIN";
  return new Error(`${basename(program)}: ended early (${code}): ${REASONS[code]}`);
}
