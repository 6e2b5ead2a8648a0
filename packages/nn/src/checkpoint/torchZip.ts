import { ByteCursor } from "./byteCursor.ts";
import { flatten, type Scalar } from "./contents.ts";
import { itemSize } from "./dtype.ts";
import type { FileBytes } from "./fileBytes.ts";
import { readPickle } from "./pickle.ts";
import type { StorageRef, TensorRef } from "./pickleValue.ts";
import { storedTensor, type StoredTensor } from "./storedTensor.ts";
import { torchObjects } from "./torchObjects.ts";
import { readZipDirectory } from "./zip.ts";

/** What each reader of a file format returns. */
export interface Parsed {
  readonly entries: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, Scalar>;
}

/** Reads the format of torch.save since 1.6: `<root>/data.pkl` and `<root>/data/<key>` in a zip file. */
export function readTorchZip(file: FileBytes): Parsed {
  const zip = readZipDirectory(file);
  const [pickleName, pickle] = [...zip].find(([name]) => /^[^/]+\/data\.pkl$/.test(name)) ?? [];
  if (pickleName === undefined || pickle === undefined) {
    return file.fail(
      undefined,
      "zip file without <name>/data.pkl; it was not written by torch.save",
    );
  }
  const root = pickleName.slice(0, -"data.pkl".length);
  const order = zip.get(`${root}byteorder`);
  if (
    order &&
    Buffer.from(file.head(order.start, order.length, "byteorder")).toString() === "big"
  ) {
    file.fail(
      order.start,
      "was written on a big-endian machine; save it again on a little-endian one",
    );
  }
  const object = readPickle(
    new ByteCursor(file, pickle.start, pickle.start + pickle.length),
    torchObjects,
  );
  const { tensors, scalars } = flatten(file, object);
  const locate = (storage: StorageRef, name: string) =>
    zip.get(`${root}data/${storage.key}`) ??
    file.fail(
      undefined,
      `tensor ${name} lies in ${root}data/${storage.key}, which is not in the file`,
    );
  return { entries: resolveTensors(file, tensors, locate), metadata: scalars };
}

/** Turns the tensors a pickle describes into readable ones; `locate` finds a storage's bytes in the file. */
export function resolveTensors(
  file: FileBytes,
  tensors: ReadonlyMap<string, TensorRef>,
  locate: (
    storage: StorageRef,
    name: string,
  ) => { readonly start: number; readonly length: number },
): ReadonlyMap<string, StoredTensor> {
  const entries = new Map<string, StoredTensor>();
  for (const [name, { storage, dtype, offset, shape, strides }] of tensors) {
    const block = locate(storage, name);
    const start = block.start + (storage.start + offset) * itemSize[dtype];
    entries.set(
      name,
      storedTensor(file, { name, dtype, shape, strides, start }, block.start, block.length),
    );
  }
  return entries;
}
