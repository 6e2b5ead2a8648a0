import { readFileSync } from "node:fs";
import { CheckpointError, openCheckpoint, stateEntries } from "../src/index.ts";
import { fixture, safetensorsBytes, withoutChecksums } from "./files.ts";

const torchFiles = [
  "lightning.ckpt",
  "lightningProtocol4.ckpt",
  "legacyViews.ckpt",
  "negative.ckpt",
  "negativeLegacy.ckpt",
  "negativeScript.pt",
  "foreign.ckpt",
];

const header =
  '{"__metadata__":{"epoch":"3"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},' +
  '"b\\u0062":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[8,11]}}';

/**
 * Small valid checkpoints of every format by file name, to be mutated. Zip files come without
 * checksums, which would hide the mutated values behind an error.
 */
export function checkpointSeeds(): ReadonlyMap<string, Uint8Array> {
  const seeds = torchFiles.map((name) => {
    const bytes = readFileSync(fixture(name));
    return [name, name.includes("egacy") ? bytes : withoutChecksums(bytes)] as const;
  });
  const safetensors = safetensorsBytes(Buffer.from(header), new Uint8Array(11));
  return new Map([...seeds, ["plain.safetensors", safetensors]]);
}

/**
 * Opens a checkpoint, lists it and reads every tensor: "read", or "refused" with a
 * `CheckpointError`; others are thrown.
 */
export async function readWhole(path: string): Promise<"read" | "refused"> {
  let refused = false;
  const refuse = (error: unknown): void => {
    if (!(error instanceof CheckpointError)) throw error;
    refused = true;
  };
  try {
    const checkpoint = await openCheckpoint(path);
    try {
      for (const tensor of stateEntries(checkpoint).values()) {
        // Tensors of types that are not read are no fault of the file.
        const caught = (error: unknown) => (error === tensor.error ? undefined : refuse(error));
        await tensor.read().catch(caught);
        await tensor.readBytes().catch(caught);
      }
    } finally {
      await checkpoint.close();
    }
  } catch (error) {
    refuse(error);
  }
  return refused ? "refused" : "read";
}
