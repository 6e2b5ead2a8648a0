import type { Budget } from "./budget.ts";
import { ByteCursor } from "./byteCursor.ts";
import { flatten } from "./contents.ts";
import { isStoredDtype, itemSize } from "./dtype.ts";
import type { FileBytes } from "./fileBytes.ts";
import { foreignSizes } from "./foreignTypes.ts";
import { resolveTensors, type ParsedCheckpoint } from "./parsedCheckpoint.ts";
import { readPickle, type PickleWorld } from "./pickle.ts";
import { StorageRef } from "./pickleValue.ts";
import { StorageBlock } from "./storageBlock.ts";
import { torchObjects } from "./torchObjects.ts";

// The magic number as an integer of ten bytes, and the end of its pickle.
const magic = Buffer.from("8a0a6cfc9c46f9206aa850192e", "hex");
// The number of bytes that the longest first pickle has.
const startBytes = 24;

/**
 * Where the second pickle of a legacy file of any pickle protocol begins; undefined where `head`,
 * the file's first 24 bytes, is of another format.
 */
export function afterMagic(head: Uint8Array): number | undefined {
  if (head[0] !== 0x80) return undefined;
  // Protocols 4 and 5 put an opcode and the length of a frame in front.
  const start = head[2] === 0x95 ? 11 : 2;
  const isMagic = magic.every((byte, i) => head[start + i] === byte);
  return isMagic ? start + magic.length : undefined;
}

/**
 * Reads the format of torch.save before 1.6: five pickles one after another (magic number, version, system,
 * object, storage keys), then for every key a count and the elements.
 */
export async function readTorchLegacy(file: FileBytes, budget: Budget): Promise<ParsedCheckpoint> {
  const storages = new Map<string, StorageRef>();
  const world: PickleWorld = {
    call: torchObjects.call,
    persistent(id, context) {
      const object = torchObjects.persistent(id, context);
      // A storage is of the type that it was first met with.
      if (object instanceof StorageRef && !storages.has(object.key)) {
        context.spendItems(1);
        storages.set(object.key, object);
      }
      return object;
    },
  };
  const head = file.head(0, Math.min(startBytes, file.size), "first bytes");
  const cursor = new ByteCursor(file, afterMagic(head) ?? 0, file.size);
  const version = await readPickle(cursor, world, budget);
  if (version !== 1001) {
    const found = typeof version === "number" ? String(version) : "unknown";
    cursor.fail(`legacy torch file of version ${found}; 1001 is read`);
  }
  const system = await readPickle(cursor, world, budget);
  if (system instanceof Map && system.get("little_endian") === false) {
    cursor.fail("was written on a big-endian machine; save it again on a little-endian one");
  }
  const object = await readPickle(cursor, world, budget);
  const keys = await readPickle(cursor, world, budget);
  if (!Array.isArray(keys)) return cursor.fail("expected the list of storage keys");

  const blocks = new Map<string, StorageBlock>();
  let at = cursor.offset;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage || blocks.has(storage.key)) {
      const found = typeof key === "string" ? key : "without a name";
      return file.fail(at, `storage ${found} belongs to no tensor or comes twice`);
    }
    const what = `storage ${storage.key}`;
    const count = Number(new DataView(file.head(at, 8, what).buffer).getBigInt64(0, true));
    const length = count * elementSize(file, storage);
    file.check(at + 8, length, what);
    blocks.set(storage.key, new StorageBlock(file, at + 8, length));
    at += 8 + length;
  }
  const locate = (storage: StorageRef, name: string) =>
    blocks.get(storage.key) ??
    file.fail(undefined, `tensor ${name} lies in storage ${storage.key}, which is not in the file`);
  return resolveTensors(file, budget, flatten(file, budget, object), locate);
}

function elementSize(file: FileBytes, { key, dtype }: StorageRef): number {
  if (dtype === undefined) return 1;
  if (isStoredDtype(dtype)) return itemSize[dtype];
  return (
    foreignSizes.get(dtype) ??
    file.fail(
      undefined,
      `storage ${key} is a ${dtype}, whose size is unknown, so that the storages behind it are not found`,
    )
  );
}
