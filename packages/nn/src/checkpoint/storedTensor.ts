import type { Budget } from "./budget.ts";
import { CheckpointError } from "./checkpointError.ts";
import { itemSize, knownDtypes, toFloat32, type StoredDtype } from "./dtype.ts";
import type { FileBytes } from "./fileBytes.ts";
import { negate } from "./negate.ts";
import { countElements, denseStrides, spanElements } from "./shape.ts";
import type { StorageBlock } from "./storageBlock.ts";

interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** Bytes of its elements in `dtype`; 0 where unknown. */
  readonly bytes: number;
  /** The elements in row-major order as float32; each call reads them from disk again. */
  read(): Promise<Float32Array>;
  /** The elements in row-major order in `dtype`. */
  readBytes(): Promise<Uint8Array>;
}

/** A tensor of a type that is read. */
export interface ReadableTensor extends TensorEntry {
  readonly dtype: StoredDtype;
  readonly error?: undefined;
}

/**
 * A tensor that is listed but of a type that is not read, such as complex64: `read` rejects with
 * `error`.
 */
export interface UnreadableTensor extends TensorEntry {
  /** Its type or layout in the words of the file's format. */
  readonly dtype: string;
  readonly error: CheckpointError;
}

/** A tensor in an open checkpoint; its elements stay on disk until `read` is called. */
export type StoredTensor = ReadableTensor | UnreadableTensor;

/** Where a tensor's elements lie: `start` in bytes of the file, `strides` in elements. */
export interface TensorLayout {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly start: number;
  /** Whether the values are those in the file with the other sign. Default false. */
  readonly isNegated?: boolean;
}

/** A lazily read tensor; fails at once if any element would lie outside the `limit` bytes after `base`. */
export function storedTensor(
  file: FileBytes,
  budget: Budget,
  layout: TensorLayout,
  block: StorageBlock,
): ReadableTensor {
  const { name, dtype, shape, strides, start } = layout;
  const bytes = checkedCount(file, name, shape) * itemSize[dtype];
  const span = spanElements(shape, strides) * itemSize[dtype];
  budget.unfold(name, bytes, Math.max(bytes, span));
  const end = bytes === 0 ? block.start : start + span;
  if (end - block.start > block.length) {
    file.fail(
      block.start,
      `tensor ${name} ${dtype} [${shape.join(", ")}] needs ${end - block.start} bytes of storage ` +
        `but it holds ${block.length}`,
    );
  }
  return {
    name,
    dtype,
    shape,
    bytes,
    read: () => readTensor(layout, block),
    readBytes: () => readTensorBytes(layout, block),
  };
}

/** A tensor of a type that is not read; `bytes` is 0 where unknown. */
export function unreadableTensor(
  file: FileBytes,
  name: string,
  dtype: string,
  shape: readonly number[],
  bytes: number,
): UnreadableTensor {
  checkedCount(file, name, shape);
  const error = new CheckpointError(
    file.path,
    undefined,
    `tensor ${name} is ${dtype}, which is not read; known are ${knownDtypes}. ` +
      "Convert it where it was made, in PyTorch with .float(), .dequantize() or .to_dense()",
  );
  const reject = () => Promise.reject(error);
  return { name, dtype, shape, bytes, error, read: reject, readBytes: reject };
}

function checkedCount(file: FileBytes, name: string, shape: readonly number[]): number {
  const count = countElements(shape);
  if (Number.isFinite(count)) return count;
  return file.fail(
    undefined,
    `tensor ${name} [${shape.join(", ")}]: its sizes multiply to more than 2^53`,
  );
}

async function readTensor(layout: TensorLayout, block: StorageBlock): Promise<Float32Array> {
  const count = countElements(layout.shape);
  if (isDense(layout)) return readRun(layout, block, count);
  const out = new Float32Array(count);
  gather(await readRun(layout, block, spanElements(layout.shape, layout.strides)), out, layout);
  return out;
}

async function readTensorBytes(layout: TensorLayout, block: StorageBlock): Promise<Uint8Array> {
  const { name, dtype, shape, strides, start } = layout;
  const size = itemSize[dtype];
  const span = spanElements(shape, strides) * size;
  if (span === 0) return new Uint8Array(0);
  const bytes = await block.read(start, span, `tensor ${name}`);
  resolveSign(layout, bytes);
  if (isDense(layout)) return bytes;
  const out = new Uint8Array(countElements(shape) * size);
  if (size === 8) gather(new BigUint64Array(bytes.buffer), new BigUint64Array(out.buffer), layout);
  else if (size === 4) gather(new Uint32Array(bytes.buffer), new Uint32Array(out.buffer), layout);
  else if (size === 2) gather(new Uint16Array(bytes.buffer), new Uint16Array(out.buffer), layout);
  else gather(bytes, out, layout);
  return out;
}

function isDense({ shape, strides }: TensorLayout): boolean {
  const dense = denseStrides(shape);
  return (
    shape.includes(0) ||
    shape.every((length, axis) => length === 1 || strides[axis] === dense[axis])
  );
}

async function readRun(
  layout: TensorLayout,
  block: StorageBlock,
  count: number,
): Promise<Float32Array> {
  const { name, dtype, start } = layout;
  const what = `tensor ${name}`;
  if (count === 0) return new Float32Array(0);
  const size = itemSize[dtype];
  if (dtype === "f32") {
    const bytes = await block.read(start, count * size, what);
    resolveSign(layout, bytes);
    return new Float32Array(bytes.buffer);
  }
  const out = new Float32Array(count);
  await block.readChunks(start, count * size, what, (chunk, at) => {
    resolveSign(layout, chunk);
    toFloat32(dtype, chunk, out, at / size);
  });
  return out;
}

function resolveSign({ dtype, isNegated = false }: TensorLayout, raw: Uint8Array): void {
  if (isNegated && dtype !== "bool") negate(dtype, raw);
}

interface Elements<T> {
  readonly length: number;
  [index: number]: T;
}

function gather<T>(source: Elements<T>, out: Elements<T>, { shape, strides }: TensorLayout): void {
  const index = shape.map(() => 0);
  const inner = shape.length - 1;
  const innerLength = shape[inner]!;
  const innerStride = strides[inner]!;
  let from = 0;
  for (let to = 0; to < out.length;) {
    for (let i = 0; i < innerLength; i++) out[to++] = source[from + i * innerStride]!;
    for (let axis = inner - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}
