import type { FileBytes } from "./fileBytes.ts";
import { checksum } from "./zipRecords.ts";

/** A checksum that a file carries for a block of its bytes. */
export interface BlockChecksum {
  /** Name of the block in errors, such as `archive/data/0`. */
  readonly record: string;
  readonly crc: number;
}

// A multiple of every element's size.
const chunkBytes = 2 ** 22;
// Below, a checksum takes less time than asking a thread for it.
const leastAsked = 2 ** 16;

/**
 * A run of bytes in a file that tensors view. A block with a checksum is compared with it once: as
 * it is first read as a whole, or before it is first read in part.
 */
export class StorageBlock {
  readonly start: number;
  readonly length: number;
  readonly #file: FileBytes;
  #checksum: BlockChecksum | undefined;

  constructor(file: FileBytes, start: number, length: number, checksum?: BlockChecksum) {
    this.start = start;
    this.length = length;
    this.#file = file;
    this.#checksum = checksum;
  }

  /** Fails unless the block has its checksum. */
  async verify(): Promise<void> {
    if (!this.#checksum) return;
    let crc = 0;
    await this.#chunks(this.start, this.length, this.#checksum.record, (chunk) => {
      crc = checksum(chunk, crc);
    });
    this.#compare(crc);
  }

  /** The bytes from `position` in the file, in a buffer of their own. */
  async read(position: number, length: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    const isWhole = position === this.start && length === this.length;
    if (!isWhole) await this.verify();
    if (this.#checksum && length >= leastAsked) {
      const read = await this.#file.readOnThread(position, length, what);
      if (read) {
        this.#compare(read.crc);
        return new Uint8Array(read.buffer);
      }
    }
    const bytes = new Uint8Array(length);
    await this.#file.readInto(bytes, position, what);
    if (this.#checksum) this.#compare(checksum(bytes));
    return bytes;
  }

  /**
   * Visits the bytes from `position` in chunks that start at a multiple of 8 in their buffer, with
   * the number of bytes before each; a chunk is overwritten once `visit` returns.
   */
  async readChunks(
    position: number,
    length: number,
    what: string,
    visit: (chunk: Uint8Array, at: number) => void,
  ): Promise<void> {
    if (this.#checksum && position === this.start && length === this.length) {
      visit(await this.read(position, length, what), 0);
      return;
    }
    await this.verify();
    await this.#chunks(position, length, what, visit);
  }

  async #chunks(
    position: number,
    length: number,
    what: string,
    visit: (chunk: Uint8Array, at: number) => void,
  ): Promise<void> {
    const buffer = new Uint8Array(Math.min(chunkBytes, length));
    for (let at = 0; at < length; at += chunkBytes) {
      const chunk = buffer.subarray(0, Math.min(chunkBytes, length - at));
      await this.#file.readInto(chunk, position + at, what);
      visit(chunk, at);
    }
  }

  #compare(found: number): void {
    if (!this.#checksum) return;
    const { record, crc } = this.#checksum;
    if (found !== crc) {
      this.#file.fail(
        this.start,
        `zip entry ${record} is damaged: its CRC-32 is ${hex(found)}, but ${hex(crc)} was saved ` +
          "with it; copy or download the file again",
      );
    }
    this.#checksum = undefined;
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
