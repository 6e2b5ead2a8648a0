/**
 * A file that cannot be written: the message is one line that names the file, the reason and the
 * fix.
 */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly path: string;
  /** What is wrong and how to mend it, for a message that begins with the path. */
  readonly detail: string;
  /** The system's code, such as `ENOSPC`; undefined where no system call failed. */
  readonly code: string | undefined;

  constructor(path: string, detail: string, options: ErrorOptions & { code?: string } = {}) {
    super(`${path} ${detail}`, options);
    this.path = path;
    this.detail = detail;
    this.code = options.code;
  }
}

const UNCHANGED = "what was there before is unchanged";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: `the disk is full; ${UNCHANGED}. Free some space and write it again`,
  EDQUOT: `the disk quota is used up, the disk is full for this user; ${UNCHANGED}`,
  EFBIG: `the file is larger than the file system or \`ulimit -f\` allows; ${UNCHANGED}`,
  EIO: `the device reports an input/output error; ${UNCHANGED}`,
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  EMFILE: "this process has too many open files; raise `ulimit -n`",
  ENFILE: "the system has too many open files",
  ENAMETOOLONG: "the name is too long for the file system; give a shorter one",
  ELOOP: "its symbolic links form a loop",
  EBUSY: "it is in use, as a mount point is; write to another file and copy it",
};

/**
 * A failed system call on the output `path` as a `FileError`; any other error is returned as it is.
 */
export function fileError(path: string, cause: unknown): unknown {
  const code = cause instanceof FileError ? undefined : codeOf(cause);
  if (code === undefined) return cause;
  const reason = REASONS[code];
  const detail = `cannot be written (${code})${reason === undefined ? "" : `: ${reason}`}`;
  return new FileError(path, detail, { cause, code });
}

function codeOf(error: unknown): string | undefined {
  const isSystemError = error instanceof Error && "code" in error && "syscall" in error;
  return isSystemError && typeof error.code === "string" ? error.code : undefined;
}
