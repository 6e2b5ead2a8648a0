import type { FileBytes } from "./fileBytes.ts";

const windowBytes = 65536;
const lineLimit = 65536;
const newline = 10;
// Far below the longest string of JavaScript engines, and above any text in a real checkpoint.
const longestText = 2 ** 28;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

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

  /** The next byte. */
  byte(what: string): number {
    if (this.#at === this.#window.length) this.#load(1, what);
    return this.#window[this.#at++]!;
  }

  /** The next `length` bytes, valid until the next call. */
  take(length: number, what: string): Uint8Array {
    if (this.#at + length > this.#window.length) this.#load(length, what);
    this.#at += length;
    return this.#window.subarray(this.#at - length, this.#at);
  }

  /** Passes over `length` bytes without reading them. */
  skip(length: number, what: string): void {
    this.#check(length, what);
    const next = this.offset + length;
    if (this.#at + length > this.#window.length) {
      this.#window = new Uint8Array(0);
      this.#at = 0;
      this.#windowStart = next;
    } else {
      this.#at += length;
    }
  }

  view(length: number, what: string): DataView {
    const bytes = this.take(length, what);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  text(length: number, what: string): string {
    this.#check(length, what);
    if (length > longestText) this.fail(`${what} of ${length} bytes; at most ${longestText}`);
    return decoder.decode(this.take(length, what));
  }

  /** Text up to a newline, which is skipped. */
  line(what: string): string {
    let end = this.#window.indexOf(newline, this.#at);
    if (end < 0) {
      const left = this.end - this.offset;
      this.#load(Math.min(left, lineLimit + 1), what);
      end = this.#window.indexOf(newline);
      if (end < 0 && left <= lineLimit) this.fail(`${what}: no line end in the ${left} bytes left`);
    }
    if (end < 0 || end - this.#at > lineLimit) {
      this.fail(`${what}: no line end within ${lineLimit} bytes`);
    }
    const text = decoder.decode(this.#window.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  #check(length: number, what: string): void {
    if (length > this.end - this.offset) {
      this.fail(`${what} needs ${length} bytes but ${this.end - this.offset} are left`);
    }
  }

  #load(length: number, what: string): void {
    this.#check(length, what);
    const start = this.offset;
    this.#window = this.file.head(
      start,
      Math.min(Math.max(length, windowBytes), this.end - start),
      what,
    );
    this.#windowStart = start;
    this.#at = 0;
  }
}
