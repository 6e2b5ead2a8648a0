import { createHash } from "node:crypto";
import { openCheckpoint } from "@vidtok/nn";
import type { Tensor } from "@vidtok/tensor";

function fingerprint(values: Float32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

/** A hash of the bits of each tensor, by name: what is equal is equal to the bit. */
export async function fingerprints(
  tensors: ReadonlyMap<string, Tensor>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [name, each] of tensors) found.set(name, fingerprint(await each.read()));
  return found;
}

/** The same of the tensors in a checkpoint. */
export async function checkpointFingerprints(path: string): Promise<Map<string, string>> {
  const checkpoint = await openCheckpoint(path);
  try {
    const found = new Map<string, string>();
    for (const [name, each] of checkpoint.entries) {
      found.set(name, fingerprint(Float32Array.from(await each.read())));
    }
    return found;
  } finally {
    await checkpoint.close();
  }
}

/** The names whose fingerprints are the same in both. */
export function sameNames(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): string[] {
  return [...a.keys()].filter((name) => a.get(name) === b.get(name));
}
