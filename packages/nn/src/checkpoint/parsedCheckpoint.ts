import type { Budget } from "./budget.ts";
import type { Contents, Scalar } from "./contents.ts";
import { itemSize } from "./dtype.ts";
import type { FileBytes } from "./fileBytes.ts";
import { ForeignTensor, type StorageRef } from "./pickleValue.ts";
import type { StorageBlock } from "./storageBlock.ts";
import { storedTensor, unreadableTensor, type StoredTensor } from "./storedTensor.ts";

/** What each reader of a file format returns. */
export interface ParsedCheckpoint {
  readonly entries: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, Scalar>;
}

/**
 * Turns the tensors a pickle describes into readable ones; `locate` finds a storage's bytes in the
 * file.
 */
export function resolveTensors(
  file: FileBytes,
  budget: Budget,
  { tensors, scalars }: Contents,
  locate: (storage: StorageRef, name: string) => StorageBlock,
): ParsedCheckpoint {
  const entries = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (tensor instanceof ForeignTensor) {
      const { dtype, shape, bytes } = tensor;
      entries.set(name, unreadableTensor(file, name, dtype, shape, bytes));
      continue;
    }
    const { storage, dtype, offset, shape, strides, isNegated } = tensor;
    const block = locate(storage, name);
    const start = block.start + (storage.start + offset) * itemSize[dtype];
    const layout = { name, dtype, shape, strides, start, isNegated };
    entries.set(name, storedTensor(file, budget, layout, block));
  }
  return { entries, metadata: scalars };
}
