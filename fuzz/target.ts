import type { Draw } from "./draw.ts";

/** One kind of input and the code that has to stand it. */
export interface Target {
  readonly name: string;
  /** Ending of the files that hold inputs, such as `.yaml`. */
  readonly ending: string;
  /** Inputs to begin with. */
  seeds(): Promise<readonly Uint8Array[]>;
  /** A new input that keeps to the format, drawn anew or made of `input`. */
  shape(draw: Draw, input: Uint8Array): Uint8Array;
  /** Reads the file at `path`; resolves to a word about what was found. */
  run(path: string): Promise<string>;
  /** Whether an error is one that bad input is to end with. */
  isExpected(error: Error, path: string): boolean;
}
