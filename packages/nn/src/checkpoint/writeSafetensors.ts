import type { Tensor } from "@vidtok/tensor";
import { CheckpointError } from "./checkpointError.ts";
import { itemSize } from "./dtype.ts";
import { replaceFile } from "./replaceFile.ts";
import { safetensorsNames } from "./safetensors.ts";
import { countElements } from "./shape.ts";
import { fetchBytes, tensorsToWrite, type TensorToWrite } from "./tensorToWrite.ts";

const metadataName = "__metadata__";

/**
 * Writes a safetensors file, one tensor at a time, aside and then in place of `path`. Tensors of wider types come
 * first, so that every tensor is aligned; otherwise the order is kept.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, TensorToWrite | Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = [...tensorsToWrite(path, tensors)].sort(
    ([, a], [, b]) => itemSize[b.dtype] - itemSize[a.dtype],
  );
  const header = headerBytes(path, ordered, metadata);
  await replaceFile(path, async (append) => {
    await append(header);
    for (const [name, tensor] of ordered) {
      await append(await fetchBytes(path, name, tensor));
    }
  });
}

// The header is padded with spaces so that the elements start at a multiple of 8.
function headerBytes(
  path: string,
  tensors: readonly (readonly [string, TensorToWrite])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) {
    fields.push(`"${metadataName}":${JSON.stringify(metadata)}`);
  }
  let at = 0;
  for (const [name, { dtype, shape }] of tensors) {
    if (name === metadataName) {
      throw new CheckpointError(path, undefined, `cannot write a tensor named ${name}`);
    }
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
