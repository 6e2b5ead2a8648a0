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
  /** A `StoredDtype` or the name of a foreign type; `undefined` where the tensor says its own. */
  readonly dtype: string | undefined;
  /** First element of this storage in the block `key`; legacy files have views of storages. */
  readonly start: number;
  /** Elements, or bytes where untyped. */
  readonly length: number;

  constructor(key: string, dtype: string | undefined, start: number, length: number) {
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
  /**
   * Whether the tensor is a negative view: its values are those of the storage with the other sign.
   */
  readonly isNegated: boolean;

  constructor(
    storage: StorageRef,
    dtype: StoredDtype,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
    isNegated: boolean,
  ) {
    this.storage = storage;
    this.dtype = dtype;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.isNegated = isNegated;
  }
}

/**
 * A tensor whose elements are not read, such as complex or sparse ones; it is listed by what it is.
 */
export class ForeignTensor {
  /** Its type or layout in PyTorch's words, such as `complex64` or `sparse_coo`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes of its elements, as far as they are known. */
  readonly bytes: number;

  constructor(dtype: string, shape: readonly number[], bytes: number) {
    this.dtype = dtype;
    this.shape = shape;
    this.bytes = bytes;
  }
}

/** What a pickle can evaluate to; tuples and lists are arrays, dicts are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleGlobal
  | PickleStub
  | StorageRef
  | TensorRef
  | ForeignTensor
  | PickleValue[]
  | Map<PickleValue, PickleValue>;
