import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { TrainError } from "../trainError.ts";

/** A file that grows by whole records: each is handed to the system at once, or not at all. */
export class AppendedFile {
  readonly #path: string;
  readonly #file: number;
  #size: number;
  #isOpen = true;

  /** Goes on after the first `size` bytes of the file; what lies behind them is cut off. */
  constructor(path: string, size: number) {
    this.#path = path;
    this.#size = size;
    this.#file = this.#attempt(() => {
      mkdirSync(dirname(path), { recursive: true });
      const file = openSync(path, "a");
      ftruncateSync(file, size);
      return file;
    });
  }

  append(record: Uint8Array): void {
    this.#attempt(() => {
      try {
        for (let at = 0; at < record.length;) at += writeSync(this.#file, record, at);
      } catch (error) {
        // Half a record would make those after it unreadable.
        ftruncateSync(this.#file, this.#size);
        throw error;
      }
    });
    this.#size += record.length;
  }

  /** Brings everything to disk; closing again does nothing. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#attempt(() => {
      try {
        fsyncSync(this.#file);
      } finally {
        closeSync(this.#file);
      }
    });
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw new TrainError(
        `log: ${this.#path} cannot be written (${(cause as Error).message}); ` +
          `free space, or see that the place can be written`,
        { cause },
      );
    }
  }
}
