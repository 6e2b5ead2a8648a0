import { CheckpointError, openCheckpoint, stateEntries } from "@vidtok/nn";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../root.ts";

/** More than this is not read, so that runs stay short. */
const MOST_BYTES = 2 ** 20;

/** Opens a checkpoint and reads its tensors; resolves to its format. */
export async function readCheckpoint(path: string): Promise<string> {
  const checkpoint = await openCheckpoint(path);
  try {
    let left = MOST_BYTES;
    for (const tensor of stateEntries(checkpoint).values()) {
      if ((left -= tensor.bytes) < 0) break;
      await tensor.read();
      await tensor.readBytes();
    }
    return checkpoint.format;
  } finally {
    await checkpoint.close();
  }
}

/** Whether an error is one of a checkpoint that names its file. */
export function isCheckpointError(error: Error, path: string): boolean {
  return error instanceof CheckpointError && error.message.includes(path);
}

/** The checkpoints among the tests' fixtures for which `fits` holds. */
export function fixtures(fits: (bytes: Buffer) => boolean): readonly Uint8Array[] {
  const folder = join(root, "packages/nn/test/fixtures");
  return readdirSync(folder)
    .filter((name) => /\.(ckpt|pt)$/.test(name))
    .map((name) => readFileSync(join(folder, name)))
    .filter((bytes) => bytes.length < 2 ** 15 && fits(bytes));
}
