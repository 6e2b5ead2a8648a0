import { itemSize, toFloat32, type StoredDtype } from "./dtype.ts";
import type { FileBytes } from "./fileBytes.ts";

/** A tensor in an open checkpoint; its elements stay on disk until `read` is called. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** Bytes of its elements in `dtype`. */
  readonly bytes: number;
  /** The elements in row-major order as float32; each call reads them from disk again. */
  read(): Promise<Float32Array>;
  /** The elements in row-major order as they are stored, in `dtype`. */
  readBytes(): Promise<Uint8Array>;
}

/** Where a tensor's elements lie: `start` in bytes, `strides` in elements. */
export interface TensorLayout {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly start: number;
}

const chunkBytes = 2 ** 22;
// A stride of 0 repeats elements: what a small file may unfold to is bounded.
const mostRepeated = 2 ** 24;

/** Row-major strides of a shape, in elements. */
export function denseStrides(shape: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/** Number of elements of a shape. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

// Elements from the first to the last one that is touched, both included.
function span({ shape, strides }: TensorLayout): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, length, axis) => last + (length - 1) * strides[axis]!, 1);
}

/** A lazily read tensor; fails at once if any element would lie outside the `limit` bytes after `base`. */
export function storedTensor(
  file: FileBytes,
  layout: TensorLayout,
  base: number,
  limit: number,
): StoredTensor {
  const { name, dtype, shape, start } = layout;
  const count = countElements(shape);
  const end = start + span(layout) * itemSize[dtype];
  if (count > file.size + mostRepeated) {
    file.fail(
      base,
      `tensor ${name} [${shape.join(", ")}] has more elements than the file has bytes`,
    );
  }
  if (end - base > limit || start < base) {
    file.fail(
      base,
      `tensor ${name} ${dtype} [${shape.join(", ")}] needs ${end - base} bytes of storage ` +
        `but it holds ${limit}`,
    );
  }
  return {
    name,
    dtype,
    shape,
    bytes: count * itemSize[dtype],
    read: () => readTensor(file, layout),
    readBytes: () => readTensorBytes(file, layout),
  };
}

async function readTensor(file: FileBytes, layout: TensorLayout): Promise<Float32Array> {
  const count = countElements(layout.shape);
  if (isDense(layout)) return readRun(file, layout, count);
  const out = new Float32Array(count);
  gather(await readRun(file, layout, span(layout)), out, layout);
  return out;
}

async function readTensorBytes(file: FileBytes, layout: TensorLayout): Promise<Uint8Array> {
  const size = itemSize[layout.dtype];
  const bytes = new Uint8Array(span(layout) * size);
  await file.readInto(bytes, layout.start, `tensor ${layout.name}`);
  if (isDense(layout)) return bytes;
  const out = new Uint8Array(countElements(layout.shape) * size);
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
  file: FileBytes,
  { name, dtype, start }: TensorLayout,
  count: number,
): Promise<Float32Array> {
  const what = `tensor ${name}`;
  const out = new Float32Array(count);
  if (dtype === "f32") {
    await file.readInto(new Uint8Array(out.buffer), start, what);
    return out;
  }
  const size = itemSize[dtype];
  const chunk = new Uint8Array(Math.min(chunkBytes, count * size));
  for (let at = 0; at < count; at += chunkBytes / size) {
    const part = chunk.subarray(0, Math.min(chunkBytes, (count - at) * size));
    await file.readInto(part, start + at * size, what);
    toFloat32(dtype, part, out, at);
  }
  return out;
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
