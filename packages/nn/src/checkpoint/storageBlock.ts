import { crc32 } from "node:zlib";
import type { FileBytes } from "./fileBytes.ts";

/** A checksum that a file carries for a block of its bytes. */
export interface Checksum {
  /** Name of the block in errors, such as `archive/data/0`. */
  readonly record: string;
  readonly crc: number;
}

// A multiple of every element's size; small enough that a checksum reads it from the processor's cache.
const chunkBytes = 2 ** 20;

/**
 * A run of bytes in a file that tensors view. A block with a checksum is compared with it once: as
 * the first read that takes the whole block goes by, or before the first read of a part.
 */
export class StorageBlock {
  readonly start: number;
  readonly length: number;
  readonly #file: FileBytes;
  #checksum: Checksum | undefined;

  constructor(file: FileBytes, start: number, length: number, checksum?: Checksum) {
    this.start = start;
    this.length = length;
    this.#file = file;
    this.#checksum = checksum;
  }

  /** Fails unless the block's bytes have its checksum. */
  async verify(): Promise<void> {
    if (!this.#checksum) return;
    const buffers = new ChunkBuffers();
    await this.#stream(this.start, this.length, this.#checksum.record, buffers.at, () => undefined);
  }

  /** Fills `target` from `position` in the file. */
  async readInto(target: Uint8Array, position: number, what: string): Promise<void> {
    const part = (at: number, length: number) => target.subarray(at, at + length);
    await this.#read(position, target.byteLength, what, part, () => undefined);
  }

  /**
   * Visits the bytes from `position` in chunks that start at a multiple of 8 in their buffers, with
   * the number of bytes before each; a chunk is overwritten once `visit` returns.
   */
  async readChunks(
    position: number,
    length: number,
    what: string,
    visit: (chunk: Uint8Array, at: number) => void,
  ): Promise<void> {
    await this.#read(position, length, what, new ChunkBuffers().at, visit);
  }

  async #read(
    position: number,
    length: number,
    what: string,
    buffer: BufferAt,
    visit: (chunk: Uint8Array, at: number) => void,
  ): Promise<void> {
    if (position !== this.start || length !== this.length) await this.verify();
    await this.#stream(position, length, what, buffer, visit);
  }

  // The next chunk is on its way while one is checked and visited.
  async #stream(
    position: number,
    length: number,
    what: string,
    buffer: BufferAt,
    visit: (chunk: Uint8Array, at: number) => void,
  ): Promise<void> {
    const file = this.#file;
    const checksum = this.#checksum;
    const fetch = async (at: number): Promise<Uint8Array> => {
      const chunk = buffer(at, Math.min(chunkBytes, length - at));
      await file.readInto(chunk, position + at, what);
      return chunk;
    };
    let crc = 0;
    let next = length > 0 ? fetch(0) : undefined;
    for (let at = 0; next; at += chunkBytes) {
      const chunk = await next;
      next = at + chunkBytes < length ? fetch(at + chunkBytes) : undefined;
      if (checksum) crc = crc32(chunk, crc);
      visit(chunk, at);
    }
    if (!checksum) return;
    if (crc !== checksum.crc) {
      file.fail(
        position,
        `zip entry ${checksum.record} is damaged: its CRC-32 is ${hex(crc)}, but ` +
          `${hex(checksum.crc)} was saved with it (${what}); copy or download the file again`,
      );
    }
    this.#checksum = undefined;
  }
}

type BufferAt = (at: number, length: number) => Uint8Array;

/** Two buffers in turn, so that one can be filled while the other is used. */
class ChunkBuffers {
  readonly #buffers: Uint8Array[] = [];

  readonly at: BufferAt = (at, length) => {
    const turn = (at / chunkBytes) % 2;
    const buffer = (this.#buffers[turn] ??= new Uint8Array(length));
    return buffer.subarray(0, length);
  };
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
