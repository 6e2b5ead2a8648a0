import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { openCheckpoint, writeSafetensors, writeTorchZip } from "@vidtok/nn";
import type { CheckpointFormat, TensorToWrite } from "@vidtok/nn";
import { checkPaths } from "../outputs/checkPaths.ts";
import { splitCheckpoint } from "./splitCheckpoint.ts";
import { targetFormat } from "./targetFormat.ts";
import type { TargetFormat } from "./targetFormat.ts";

/** A written file of weights. */
export interface Converted {
  readonly from: CheckpointFormat;
  readonly to: TargetFormat;
  readonly tensors: number;
  /** Of the tensors' elements. */
  readonly bytes: number;
  readonly scalars: Readonly<Record<string, number | string>>;
  /** Parts that are no weights, with the number of tensors in each. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Writes the weights of a checkpoint in the format of `output`'s name, bit by bit, one tensor in memory at a time. */
export async function convertCheckpoint(
  input: string,
  output: string,
  signal: AbortSignal,
): Promise<Converted> {
  const to = targetFormat(output);
  checkPaths("convert", { inputs: [{ what: "the input", path: input }], outputs: [output] });
  const checkpoint = await openCheckpoint(input);
  try {
    const { weights, scalars, leftOut } = splitCheckpoint(checkpoint);
    if (weights.size === 0) throw new Error(`convert: ${input} holds no weights`);
    const tensors = [...weights].map(([name, stored]): readonly [string, TensorToWrite] => {
      if (stored.error) throw stored.error;
      const data = (): Promise<Uint8Array> => {
        signal.throwIfAborted();
        return stored.readBytes();
      };
      return [name, { dtype: stored.dtype, shape: stored.shape, data }];
    });
    await mkdir(dirname(output), { recursive: true });
    if (to === "torch-zip") await writeTorchZip(output, tensors, scalars);
    else await writeSafetensors(output, tensors, asText(scalars));
    const bytes = [...weights.values()].reduce((sum, each) => sum + each.bytes, 0);
    return { from: checkpoint.format, to, tensors: weights.size, bytes, scalars, leftOut };
  } finally {
    await checkpoint.close();
  }
}

function asText(scalars: Readonly<Record<string, number | string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, String(value)]));
}
