import type { FileBytes } from "./fileBytes.ts";

/**
 * Most characters of a name or key. V8 hashes strings of more than 16,383 characters by their
 * length alone, so that maps of longer ones take quadratic time.
 */
export const longestName = 8192;

const mebibyte = 2 ** 20;
// Any file may take this much, so that small files with large lists or expanded masks are read.
const freeMemory = 256 * mebibyte;
const freeElements = 64 * mebibyte;
const freeReads = 256 * mebibyte;
// Tied weights and optimizer states that view one storage unfold to several times the file.
const elementsPerByte = 8;
const memoryPerByte = 4;
// A strided view reads everything between its first and its last element.
const readsPerByte = 64;

/**
 * What all values and tensors of one checkpoint may cost together. A pickle can name one list or
 * storage from many places, so without a common limit a few kilobytes describe terabytes.
 */
export class Budget {
  readonly #file: FileBytes;
  #memory: number;
  #elements: number;
  #reads: number;

  constructor(file: FileBytes) {
    this.#file = file;
    this.#memory = freeMemory + memoryPerByte * file.size;
    this.#elements = freeElements + elementsPerByte * file.size;
    this.#reads = freeReads + readsPerByte * file.size;
  }

  /**
   * Takes the approximate bytes of memory that values need; fails once all of them need too much.
   */
  spend(bytes: number): void {
    this.#memory -= bytes;
    if (this.#memory >= 0) return;
    const limit = freeMemory + memoryPerByte * this.#file.size;
    this.#file.fail(
      undefined,
      `its values and their names take more than ${limit} bytes of memory, ` +
        `which is the limit for a file of ${this.#file.size} bytes`,
    );
  }

  /**
   * Takes the bytes of a tensor's elements, and those between its first and last element in the
   * file.
   */
  unfold(name: string, bytes: number, span: number): void {
    this.#elements -= bytes;
    this.#reads -= span;
    if (this.#elements >= 0 && this.#reads >= 0) return;
    const limit =
      this.#elements < 0
        ? `elements of at most ${freeElements + elementsPerByte * this.#file.size} bytes`
        : `views over at most ${freeReads + readsPerByte * this.#file.size} bytes`;
    this.#file.fail(
      undefined,
      `tensor ${name}: its tensors unfold to far more than the file holds; ` +
        `all tensors of a file of ${this.#file.size} bytes can be ${limit}`,
    );
  }
}
