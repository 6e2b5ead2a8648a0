import type { Precision, Storage } from "@vidtok/tensor";
import type { Session } from "./addon.ts";

/** A block of memory of one session, which lives until it is freed or collected. */
export class NativeStorage implements Storage {
  readonly size: number;
  readonly bytes: number;
  readonly format: Precision;
  readonly session: Session;
  readonly #handle: number;
  #isFree = false;

  constructor(session: Session, handle: number, size: number, format: Precision) {
    this.format = format;
    this.session = session;
    this.size = size;
    this.bytes = (format === "bf16" ? 2 : 4) * size;
    this.#handle = handle;
    session.own(handle, this);
  }

  /** What the session calls this storage; throws where it was freed or is another backend's. */
  static handleOf(op: string, session: Session, storage: Storage): number {
    if (!(storage instanceof NativeStorage) || storage.session !== session) {
      throw new TypeError(`${op}: a storage of ${storage.size} elements is not this backend's`);
    }
    if (storage.#isFree)
      throw new Error(`${op}: a storage of ${storage.size} elements was freed before`);
    return storage.#handle;
  }

  /** Frees a storage, and returns the bytes that are left in others. */
  static free(session: Session, storage: Storage): number {
    const handle = NativeStorage.handleOf("free", session, storage);
    const own = storage as NativeStorage;
    own.#isFree = true;
    return session.free(handle);
  }
}
