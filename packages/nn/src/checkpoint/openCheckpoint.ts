import { Budget } from "./budget.ts";
import type { Scalar } from "./contents.ts";
import { FileBytes } from "./fileBytes.ts";
import type { ParsedCheckpoint } from "./parsedCheckpoint.ts";
import { readSafetensors } from "./safetensors.ts";
import type { StoredTensor } from "./storedTensor.ts";
import { afterMagic, readTorchLegacy } from "./torchLegacy.ts";
import { readTorchZip } from "./torchZip.ts";

/** File formats weights are read from; told apart by the first bytes, not by the file's name. */
export type CheckpointFormat = "torch-zip" | "torch-legacy" | "safetensors";

/** An open checkpoint file: what it holds is known, the elements are read on demand. */
export interface Checkpoint {
  readonly path: string;
  readonly format: CheckpointFormat;
  /** Tensors by name, in file order; nested dicts and lists are flattened with dots. */
  readonly entries: ReadonlyMap<string, StoredTensor>;
  /** Scalars such as `global_step` and `epoch`, or the `__metadata__` of a safetensors file. */
  readonly metadata: ReadonlyMap<string, Scalar>;
  close(): Promise<void>;
}

type Reader = (file: FileBytes, budget: Budget) => Promise<ParsedCheckpoint>;

const readers: Readonly<Record<CheckpointFormat, Reader>> = {
  "torch-zip": readTorchZip,
  "torch-legacy": readTorchLegacy,
  safetensors: readSafetensors,
};

/**
 * Opens a torch zip, torch legacy or safetensors file without running anything it contains. Close it when done.
 *
 * @example
 * const checkpoint = await openCheckpoint("model.safetensors");
 * const weight = await checkpoint.entries.get("encoder.conv_in.conv.weight")?.read();
 * await checkpoint.close();
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const file = await FileBytes.open(path);
  try {
    const format = formatOf(file);
    const parsed = await readers[format](file, new Budget(file));
    return { path, format, ...parsed, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The weights of a checkpoint: those under `state_dict` where there is such an entry, else all of
 * them.
 */
export function stateEntries(checkpoint: Checkpoint): ReadonlyMap<string, StoredTensor> {
  const prefix = "state_dict.";
  const nested = [...checkpoint.entries].filter(([name]) => name.startsWith(prefix));
  if (nested.length === 0) return checkpoint.entries;
  return new Map(nested.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function formatOf(file: FileBytes): CheckpointFormat {
  const head = file.head(0, Math.min(file.size, 32), "first bytes");
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return "torch-zip";
  if (afterMagic(head) !== undefined) return "torch-legacy";
  if (head[8] === 0x7b) return "safetensors";
  const shown = JSON.stringify(String.fromCharCode(...head));
  return file.fail(
    0,
    `${file.size} bytes that start with ${shown} are no checkpoint; ` +
      "expected a torch zip file, a torch legacy file or safetensors",
  );
}

function startsWith(bytes: Uint8Array, prefix: ArrayLike<number>): boolean {
  return Array.from(prefix).every((byte, i) => bytes[i] === byte);
}
