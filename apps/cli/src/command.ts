import type { Flags, Values } from "./args/flag.ts";
import type { Io } from "./terminal/io.ts";

/** One subcommand: what it takes, what help says, and what it does. */
export interface Command<F extends Flags = Flags> {
  readonly name: string;
  readonly summary: string;
  readonly flags: F;
  /** What may follow that is not a flag. */
  readonly rest: {
    /** As help shows it, such as `FILE` or `[a.b.c=value ...]`; empty when nothing may follow. */
    readonly shown: string;
    readonly least: number;
    readonly most: number;
  };
  readonly examples: readonly string[];
  run(values: Values<F>, rest: readonly string[], io: Io): Promise<number>;
}

/** Lets the flags of a command type its `run`. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}
