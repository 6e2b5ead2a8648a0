import type { Storage } from "../../backend.ts";
import type { Mode } from "./library.ts";
import type { Program } from "./program.ts";

/** A storage of the gpu.js backend: what a mode keeps for it. */
export class Memory<Handle> implements Storage {
  readonly size: number;
  readonly bytes: number;
  readonly handle: Handle;

  constructor(size: number, bytes: number, handle: Handle) {
    this.size = size;
    this.bytes = bytes;
    this.handle = handle;
  }
}

/** What differs between the modes of gpu.js: where numbers are kept and how kernels reach them. */
export interface Device<Handle> {
  readonly mode: Mode;
  /** The most elements a storage can have. */
  readonly largest: number;
  /** The most storages a kernel can read. */
  readonly inputs: number;
  upload(data: Float32Array): Memory<Handle>;
  run(program: Program<Handle>): Memory<Handle>;
  read(memory: Memory<Handle>): Promise<Float32Array>;
  /** Absent where handles are ordinary arrays, which end with the last reference. */
  free?(handle: Handle): void;
}
