import type { FileBytes } from "./fileBytes.ts";

const windowBytes = 65536;
const lineLimit = 65536;
const decoder = new TextDecoder("utf-8");

/** Reads forward through `[start, end)` of a file in windows of 64 KiB. */
export class ByteCursor {
  readonly file: FileBytes;
  readonly end: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart: number;
  #at = 0;

  constructor(file: FileBytes, start: number, end: number) {
    this.file = file;
    this.end = end;
    this.#windowStart = start;
  }

  /** Position in the file of the next byte. */
  get offset(): number {
    return this.#windowStart + this.#at;
  }

  fail(detail: string): never {
    return this.file.fail(this.offset, detail);
  }

  /** The next `length` bytes, valid until the next call. */
  take(length: number, what: string): Uint8Array {
    if (length > this.end - this.offset) {
      this.fail(`${what} needs ${length} bytes but ${this.end - this.offset} are left`);
    }
    if (this.#at + length > this.#window.length) {
      const start = this.offset;
      const size = Math.min(Math.max(length, windowBytes), this.end - start);
      this.#window = this.file.head(start, size, what);
      this.#windowStart = start;
      this.#at = 0;
    }
    this.#at += length;
    return this.#window.subarray(this.#at - length, this.#at);
  }

  view(length: number, what: string): DataView {
    const bytes = this.take(length, what);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  text(length: number, what: string): string {
    return decoder.decode(this.take(length, what));
  }

  /** Text up to a newline, which is skipped. */
  line(what: string): string {
    const bytes: number[] = [];
    for (;;) {
      const byte = this.take(1, what)[0]!;
      if (byte === 10) return decoder.decode(Uint8Array.from(bytes));
      if (bytes.length === lineLimit) this.fail(`${what}: no line end within ${lineLimit} bytes`);
      bytes.push(byte);
    }
  }
}
