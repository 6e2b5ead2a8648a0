import type { StoredDtype } from "./dtype.ts";

/** A name a pickle refers to, such as `torch._utils._rebuild_tensor_v2`; only its spelling is known. */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** An object whose class is not on the allow-list; its contents are dropped. */
export class PickleStub {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A flat block of elements that lies elsewhere in the file under `key`. */
export class StorageRef {
  readonly key: string;
  /** `undefined` for untyped storages: the tensor says its own type. */
  readonly dtype: StoredDtype | undefined;
  /** First element of this storage in the block `key`; legacy files have views of storages. */
  readonly start: number;
  /** Elements, or bytes where untyped. */
  readonly length: number;

  constructor(key: string, dtype: StoredDtype | undefined, start: number, length: number) {
    this.key = key;
    this.dtype = dtype;
    this.start = start;
    this.length = length;
  }
}

/** A strided view of a storage: offset and strides in elements. */
export class TensorRef {
  readonly storage: StorageRef;
  readonly dtype: StoredDtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(
    storage: StorageRef,
    dtype: StoredDtype,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.dtype = dtype;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** What a pickle can evaluate to; tuples and lists are arrays, dicts are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleGlobal
  | PickleStub
  | StorageRef
  | TensorRef
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>;
