/** Where text goes; process.stdout and process.stderr are ones. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** All a command knows of the world around it, so that tests can be that world. */
export interface Io {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds of a clock that only moves forward. */
  now(): number;
  /** Aborted by Ctrl-C and its like. */
  readonly signal: AbortSignal;
}

/** Whether colour is wanted on this terminal (no-color.org). */
export function hasColor(terminal: Terminal, env: Io["env"]): boolean {
  return terminal.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}
