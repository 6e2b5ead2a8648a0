import { hostname } from "node:os";
import { join } from "node:path";
import { AppendedFile } from "./appendedFile.ts";
import type { RunLogger } from "./runLogger.ts";
import { imageValue, scalarValue, startEvent, summaryEvent, versionEvent } from "./tfEvent.ts";
import { tfRecord } from "./tfRecord.ts";

let made = 0;

/**
 * An event file of TensorBoard in `dir`. Goes on after `step`: TensorBoard then drops what earlier
 * files in the folder hold of later steps.
 */
export function tensorBoardLogger(dir: string, step: number): RunLogger {
  const now = (): number => Date.now() / 1000;
  // TensorBoard reads the files of a folder in the order of their names.
  const seconds = String(Math.floor(now())).padStart(10, "0");
  const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${made++}`;
  const file = new AppendedFile(join(dir, name), 0);
  const add = (event: Uint8Array): void => file.append(tfRecord(event));
  add(versionEvent(now()));
  add(startEvent(now(), step + 1));
  return {
    scalars(at, scalars) {
      const values = [...scalars].map(([tag, value]) => scalarValue(tag, value));
      add(summaryEvent(now(), at, values));
    },
    images(at, images) {
      const values = [...images].map(([tag, image]) => imageValue(tag, image));
      add(summaryEvent(now(), at, values));
    },
    async close() {
      file.close();
    },
  };
}
