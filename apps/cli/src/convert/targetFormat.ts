import { stat } from "node:fs/promises";
import { extname } from "node:path";
import type { CheckpointFormat } from "@vidtok/nn";
import { UsageError } from "../args/usageError.ts";

/** Formats a checkpoint is converted to. */
export type TargetFormat = Exclude<CheckpointFormat, "torch-legacy">;

const formats: ReadonlyMap<string, TargetFormat> = new Map([
  [".ckpt", "torch-zip"],
  [".safetensors", "safetensors"],
]);

/** The format that a file's name asks for. */
export function targetFormat(output: string): TargetFormat {
  const format = formats.get(extname(output).toLowerCase());
  if (format !== undefined) return format;
  throw new UsageError(
    `convert: "${output}" tells no format; end it in ${[...formats.keys()].join(" or ")}`,
  );
}

/** Refuses to write over a folder, or over the file that is read. */
export async function checkTarget(input: string, output: string): Promise<void> {
  const [from, to] = await Promise.all(
    [input, output].map((path) => stat(path).catch(() => undefined)),
  );
  if (to?.isDirectory()) throw new Error(`convert: ${output} is a folder; name a file in it`);
  if (from && to && from.dev === to.dev && from.ino === to.ino) {
    throw new Error(`convert: ${output} is the input itself; give the result a name of its own`);
  }
}
