import { Tensor } from "@vidtok/tensor";
import { CheckpointError } from "./checkpointError.ts";
import { itemSize, type StoredDtype } from "./dtype.ts";
import { countElements } from "./shape.ts";

/** Elements to write: raw little-endian elements in `dtype`, or a function that fetches them when their turn comes. */
export interface TensorToWrite {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView | (() => Promise<ArrayBufferView>);
}

/** Tensors by name in the order given, those of the engine as float32; refuses a name that comes twice. */
export function tensorsToWrite(
  path: string,
  tensors: Iterable<readonly [string, TensorToWrite | Tensor]>,
): ReadonlyMap<string, TensorToWrite> {
  const found = new Map<string, TensorToWrite>();
  for (const [name, tensor] of tensors) {
    if (found.has(name)) {
      throw new CheckpointError(path, undefined, `cannot write the name ${name} twice`);
    }
    found.set(name, tensor instanceof Tensor ? asFloat32(tensor) : tensor);
  }
  return found;
}

function asFloat32(tensor: Tensor): TensorToWrite {
  return { dtype: "f32", shape: tensor.shape, data: () => tensor.read() };
}

/** The elements of a tensor whose turn has come; refuses another number of bytes than its shape takes. */
export async function fetchBytes(
  path: string,
  name: string,
  { dtype, shape, data }: TensorToWrite,
): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = typeof data === "function" ? await data() : data;
  const needed = countElements(shape) * itemSize[dtype];
  if (byteLength !== needed) {
    throw new CheckpointError(
      path,
      undefined,
      `tensor ${name} ${dtype} [${shape.join(", ")}] takes ${needed} bytes ` +
        `but its data has ${byteLength}`,
    );
  }
  return new Uint8Array(buffer, byteOffset, byteLength);
}
