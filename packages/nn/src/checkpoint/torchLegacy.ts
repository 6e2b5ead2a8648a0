import { ByteCursor } from "./byteCursor.ts";
import { flatten } from "./contents.ts";
import { itemSize } from "./dtype.ts";
import type { FileBytes } from "./fileBytes.ts";
import { readPickle, type PickleWorld } from "./pickle.ts";
import { StorageRef } from "./pickleValue.ts";
import { torchObjects } from "./torchObjects.ts";
import { resolveTensors, type Parsed } from "./torchZip.ts";

/** The first bytes of a legacy file: protocol 2, then the magic number as a ten-byte integer. */
export const legacyMagic = Uint8Array.of(
  0x80,
  0x02,
  0x8a,
  0x0a,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
  0x2e,
);

/**
 * Reads the format of torch.save before 1.6: five pickles one after another (magic number, version, system,
 * object, storage keys), then for every key a count and the elements.
 */
export function readTorchLegacy(file: FileBytes): Parsed {
  const storages = new Map<string, StorageRef>();
  const world: PickleWorld = {
    call: torchObjects.call,
    persistent(id, fail) {
      const object = torchObjects.persistent(id, fail);
      if (object instanceof StorageRef) storages.set(object.key, object);
      return object;
    },
  };
  const cursor = new ByteCursor(file, legacyMagic.length, file.size);
  const version = readPickle(cursor, world);
  if (version !== 1001)
    cursor.fail(`legacy torch file of version ${String(version)}; 1001 is read`);
  const system = readPickle(cursor, world);
  if (system instanceof Map && system.get("little_endian") === false) {
    cursor.fail("was written on a big-endian machine; save it again on a little-endian one");
  }
  const object = readPickle(cursor, world);
  const keys = readPickle(cursor, world);
  if (!Array.isArray(keys)) return cursor.fail("expected the list of storage keys");

  const blocks = new Map<string, { readonly start: number; readonly length: number }>();
  let at = cursor.offset;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage) return file.fail(at, `storage ${String(key)} belongs to no tensor`);
    const what = `storage ${storage.key}`;
    const count = Number(new DataView(file.head(at, 8, what).buffer).getBigInt64(0, true));
    const length = count * (storage.dtype ? itemSize[storage.dtype] : 1);
    file.check(at + 8, length, what);
    blocks.set(storage.key, { start: at + 8, length });
    at += 8 + length;
  }
  const { tensors, scalars } = flatten(file, object);
  const entries = resolveTensors(
    file,
    tensors,
    (storage, name) =>
      blocks.get(storage.key) ??
      file.fail(
        undefined,
        `tensor ${name} lies in storage ${storage.key}, which is not in the file`,
      ),
  );
  return { entries, metadata: scalars };
}
