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
