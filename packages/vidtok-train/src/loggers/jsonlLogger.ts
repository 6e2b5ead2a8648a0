import { existsSync, readFileSync } from "node:fs";
import { AppendedFile } from "./appendedFile.ts";
import type { RunLogger } from "./runLogger.ts";

/**
 * Scalars as lines of JSON, `{"step":1,"train/rec_loss":0.5}`, one for each call; numbers that are
 * not finite become null. Goes on after `step`: lines of later steps are dropped. Shows no images.
 */
export function jsonlLogger(path: string, step: number): RunLogger {
  const file = new AppendedFile(path, existsSync(path) ? sizeUpTo(step, readFileSync(path)) : 0);
  return {
    scalars(at, scalars) {
      const line = JSON.stringify({ step: at, ...Object.fromEntries(scalars) });
      file.append(Buffer.from(`${line}\n`));
    },
    images() {},
    async close() {
      file.close();
    },
  };
}

/** The bytes up to the last whole line of `step` or before; lines are in the order of their steps. */
function sizeUpTo(step: number, text: Buffer): number {
  let size = text.length;
  while (size > 0) {
    const start = size < 2 ? 0 : text.lastIndexOf("\n", size - 2) + 1;
    if (text[size - 1] === 0x0a && stepOf(text.toString("utf8", start, size)) <= step) return size;
    size = start;
  }
  return 0;
}

/** NaN where a line is no record. */
function stepOf(line: string): number {
  try {
    const record = JSON.parse(line) as { readonly step?: number } | null;
    return record?.step ?? NaN;
  } catch {
    return NaN;
  }
}
