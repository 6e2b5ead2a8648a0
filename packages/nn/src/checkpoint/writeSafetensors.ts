import type { FileHandle } from "node:fs/promises";
import { Tensor } from "@vidtok/tensor";
import { CheckpointError } from "./checkpointError.ts";
import { itemSize, type StoredDtype } from "./dtype.ts";
import { replaceFile } from "./replaceFile.ts";
import { safetensorsNames } from "./safetensors.ts";
import { countElements } from "./storedTensor.ts";

/** Elements to write: raw little-endian elements in `dtype`, or a function that fetches them when their turn comes. */
export interface TensorToWrite {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView | (() => Promise<ArrayBufferView>);
}

const writeLimit = 2 ** 30;

/**
 * Writes a safetensors file, one tensor at a time, aside and then in place of `path`. Tensors of wider types come
 * first, so that every tensor is aligned; otherwise the order is kept.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, TensorToWrite | Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = [...tensors]
    .map(([name, tensor]) => [name, elements(tensor)] as const)
    .sort(([, a], [, b]) => itemSize[b.dtype] - itemSize[a.dtype]);
  const header = headerBytes(path, ordered, metadata);
  await replaceFile(path, async (handle) => {
    await writeAll(handle, header);
    for (const [name, tensor] of ordered) {
      const data = typeof tensor.data === "function" ? await tensor.data() : tensor.data;
      const needed = countElements(tensor.shape) * itemSize[tensor.dtype];
      if (data.byteLength !== needed) {
        throw new CheckpointError(
          path,
          undefined,
          `tensor ${name} ${tensor.dtype} [${tensor.shape.join(", ")}] takes ${needed} bytes ` +
            `but its data has ${data.byteLength}`,
        );
      }
      await writeAll(handle, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  });
}

function elements(tensor: TensorToWrite | Tensor): TensorToWrite {
  if (!(tensor instanceof Tensor)) return tensor;
  return { dtype: "f32", shape: tensor.shape, data: () => tensor.read() };
}

// The header is padded with spaces so that the elements start at a multiple of 8.
function headerBytes(
  path: string,
  tensors: readonly (readonly [string, TensorToWrite])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields: string[] = [];
  const names = new Set<string>(["__metadata__"]);
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let at = 0;
  for (const [name, { dtype, shape }] of tensors) {
    if (names.has(name)) {
      throw new CheckpointError(path, undefined, `cannot write the name ${name} twice`);
    }
    names.add(name);
    const end = at + countElements(shape) * itemSize[dtype];
    const entry = { dtype: safetensorsNames[dtype], shape, data_offsets: [at, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    at = end;
  }
  const json = Buffer.from(`{${fields.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(writeLimit, bytes.length - done);
    done += (await handle.write(bytes, done, length)).bytesWritten;
  }
}
