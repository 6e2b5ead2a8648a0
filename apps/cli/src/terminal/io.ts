/** Where text goes; process.stdout and process.stderr are ones. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a program moves and colours a terminal with. */
export type Control = "clear line" | "red" | "cyan" | "default colour";

/**
 * A terminal on which text is shown and never obeyed: sequences that control it are said by name.
 */
export interface Screen extends Terminal {
  control(code: Control): void;
}

/** The world around a command: its streams, its environment and its clock. */
export interface World {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds of a clock that only moves forward. */
  now(): number;
  /** Aborted by Ctrl-C and its like. */
  readonly signal: AbortSignal;
}

/** All a command knows of the world around it, so that tests can be that world. */
export interface Io extends World {
  readonly stdout: Screen;
  readonly stderr: Screen;
}

/** Whether colour is wanted on this terminal (no-color.org). */
export function hasColor(terminal: Terminal, env: Io["env"]): boolean {
  return terminal.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}
