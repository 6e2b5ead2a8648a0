import type { Backend, MemoryUse, Storage } from "./backend.ts";

/** A storage with its owner: what tensors and their views share. */
export class Block {
  readonly backend: Backend;
  #storage: Storage | undefined;
  #again: (() => Block) | undefined;

  constructor(backend: Backend, storage: Storage) {
    this.backend = backend;
    this.#storage = storage;
    if (!others.has(storage)) count(storage);
    arenas.at(-1)?.add(this);
  }

  /** The storage, computed again if it was forgotten; an error once it is freed. */
  get storage(): Storage {
    this.recall();
    if (!this.#storage) {
      throw new Error(
        "tensor: it was freed; return it from its scope, or keep it, to use it later",
      );
    }
    return this.#storage;
  }

  get isFree(): boolean {
    return this.#storage === undefined && this.#again === undefined;
  }

  /** One more owner of the storage, which lives until its last owner frees it. */
  share(): Block {
    const { storage } = this;
    others.set(storage, (others.get(storage) ?? 0) + 1);
    return new Block(this.backend, storage);
  }

  /** Frees the storage until it is asked for, when `again` computes a block with the same numbers. */
  forget(again: () => Block): void {
    if (!this.#storage) return;
    this.#again = again;
    this.#drop();
  }

  /** Computes a forgotten storage again. */
  recall(): void {
    const again = this.#again;
    if (!again) return;
    this.#again = undefined;
    this.#adopt(again());
  }

  free(): void {
    this.#again = undefined;
    this.#drop();
  }

  #drop(): void {
    if (!this.#storage) return;
    release(this.backend, this.#storage);
    this.#storage = undefined;
  }

  #adopt(other: Block): void {
    this.#storage = other.storage;
    other.#storage = undefined;
  }
}

let live = 0;
let peak = 0;
const arenas: Set<Block>[] = [];
// How many owners a storage has besides one; not there where it has one.
const others = new WeakMap<Storage, number>();

function count(storage: Storage): void {
  live += storage.bytes;
  peak = Math.max(peak, live);
  collected.register(storage, storage.bytes, storage);
}

function release(backend: Backend, storage: Storage): void {
  const left = others.get(storage);
  if (left === 1) others.delete(storage);
  else if (left) others.set(storage, left - 1);
  if (left) return;
  live -= storage.bytes;
  collected.unregister(storage);
  backend.free(storage);
}

// Storages of tensors made outside every scope and then forgotten: their backends free them, and
// here they only stop to count.
const collected = new FinalizationRegistry<number>((bytes) => {
  live -= bytes;
});

/**
 * Bytes of tensors now, and at most since `resetPeak`, over all backends. What was collected counts
 * until the next turn of the event loop.
 */
export function memory(): MemoryUse {
  return { live, peak };
}

/** Starts a new measurement of `memory().peak`. */
export function resetPeak(): void {
  peak = live;
}

/** Opens an arena: blocks made from now on belong to it. */
export function openArena(): Set<Block> {
  const arena = new Set<Block>();
  arenas.push(arena);
  return arena;
}

/** Closes the innermost arena: frees its blocks but for the kept ones, which pass to the arena around it. */
export function closeArena(keep: ReadonlySet<Block>): void {
  const arena = arenas.pop()!;
  for (const block of arena) {
    if (keep.has(block)) arenas.at(-1)?.add(block);
    else block.free();
  }
}

/** Takes a block out of every arena: from now on only `free` or the garbage collector ends it. */
export function disown(block: Block): void {
  for (const arena of arenas) arena.delete(block);
}
