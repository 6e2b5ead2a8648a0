import type { Budget } from "./budget.ts";
import { ByteCursor } from "./byteCursor.ts";
import { flatten } from "./contents.ts";
import type { FileBytes } from "./fileBytes.ts";
import { resolveTensors, type ParsedCheckpoint } from "./parsedCheckpoint.ts";
import { readPickle } from "./pickle.ts";
import type { StorageRef } from "./pickleValue.ts";
import { torchObjects } from "./torchObjects.ts";
import { ZipArchive } from "./zip.ts";

/** Reads the format of torch.save since 1.6: `<root>/data.pkl` and `<root>/data/<key>` in a zip file. */
export async function readTorchZip(file: FileBytes, budget: Budget): Promise<ParsedCheckpoint> {
  const zip = new ZipArchive(file, budget);
  const pickleName = [...zip.names].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  const pickle = pickleName === undefined ? undefined : zip.block(pickleName);
  if (pickleName === undefined || pickle === undefined) {
    return file.fail(
      undefined,
      "zip file without <name>/data.pkl; it was not written by torch.save",
    );
  }
  const root = pickleName.slice(0, -"data.pkl".length);
  const order = zip.block(`${root}byteorder`);
  if (order) {
    await order.verify();
    const word = file.head(order.start, Math.min(order.length, 8), "byteorder");
    if (Buffer.from(word).toString() === "big") {
      file.fail(
        order.start,
        "was written on a big-endian machine; save it again on a little-endian one",
      );
    }
  }
  await pickle.verify();
  const cursor = new ByteCursor(file, pickle.start, pickle.start + pickle.length);
  const contents = flatten(file, budget, await readPickle(cursor, torchObjects, budget));
  const locate = (storage: StorageRef, name: string) =>
    zip.block(`${root}data/${storage.key}`) ??
    file.fail(
      undefined,
      `tensor ${name} lies in ${root}data/${storage.key}, which is not in the file`,
    );
  return resolveTensors(file, budget, contents, locate);
}
