import type { Tensor } from "@vidtok/tensor";
import { CheckpointError } from "./checkpointError.ts";
import { pickleState } from "./pickleState.ts";
import { replaceFile } from "./replaceFile.ts";
import { fetchBytes, tensorsToWrite, type TensorToWrite } from "./tensorToWrite.ts";
import { checksum, localHeader, zipEnd, type ZipRecord } from "./zipRecords.ts";

/**
 * Writes `{...scalars, "state_dict": tensors}` as `torch.save` does, one tensor at a time, aside and then in place of
 * `path`; `torch.load(weights_only=True)` reads it. Scalars, such as `epoch`, are whole numbers or text.
 */
export async function writeTorchZip(
  path: string,
  tensors: Iterable<readonly [string, TensorToWrite | Tensor]>,
  scalars: Readonly<Record<string, number | string>> = {},
): Promise<void> {
  for (const [name, value] of Object.entries(scalars)) {
    if (name === "state_dict") {
      throw new CheckpointError(path, undefined, "state_dict is the tensors, it can be no scalar");
    }
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw new CheckpointError(
        path,
        undefined,
        `${name} is ${value}; torch.load(weights_only=True) takes whole numbers and text`,
      );
    }
  }
  const found = tensorsToWrite(path, tensors);
  await replaceFile(path, async (append) => {
    const records: ZipRecord[] = [];
    let at = 0;
    const add = async (name: string, bytes: Uint8Array): Promise<void> => {
      const { length } = bytes;
      const record = { name: `archive/${name}`, length, crc: checksum(bytes), at };
      const header = localHeader(record);
      await append(header);
      await append(bytes);
      at += header.length + length;
      records.push(record);
    };
    await add("data.pkl", pickleState(found, scalars));
    await add("byteorder", Buffer.from("little"));
    let key = 0;
    for (const [name, tensor] of found) {
      await add(`data/${key++}`, await fetchBytes(path, name, tensor));
    }
    await add("version", Buffer.from("3\n"));
    await append(zipEnd(records, at));
  });
}
