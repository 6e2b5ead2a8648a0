import { stateEntries } from "@vidtok/nn";
import type { Checkpoint, StoredTensor } from "@vidtok/nn";

/** A checkpoint's weights and what of the rest is known. */
export interface SplitCheckpoint {
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** The scalars that a file of weights keeps, as far as the checkpoint has them. */
  readonly scalars: Readonly<Record<string, number | string>>;
  /** Other parts, such as `optimizer_states`, with the number of tensors in each. */
  readonly leftOut: Readonly<Record<string, number>>;
}

const counters = ["epoch", "global_step"];
const version = "pytorch-lightning_version";

/** Tells weights, which other programs read too, from what only the training that wrote them can go on from. */
export function splitCheckpoint(checkpoint: Checkpoint): SplitCheckpoint {
  const state = [...stateEntries(checkpoint)];
  const isNested = state.length !== checkpoint.entries.size;
  const weights = new Map(isNested ? state : state.filter(([name]) => !isOptimizer(name)));

  const scalars: Record<string, number | string> = {};
  // A map, as a part may be named __proto__.
  const leftOut = new Map<string, number>();
  for (const name of checkpoint.entries.keys()) {
    const part = name.split(".")[0]!;
    if (isNested ? part !== "state_dict" : isOptimizer(name)) {
      leftOut.set(part, (leftOut.get(part) ?? 0) + 1);
    }
  }
  for (const [name, value] of checkpoint.metadata) {
    const part = name.split(".")[0]!;
    // safetensors has only text.
    if (counters.includes(name) && /^\d+$/.test(String(value))) scalars[name] = Number(value);
    else if (name === version && typeof value === "string") scalars[name] = value;
    else if (part !== "state_dict") leftOut.set(part, leftOut.get(part) ?? 0);
  }
  return { weights, scalars, leftOut: Object.fromEntries(leftOut) };
}

function isOptimizer(name: string): boolean {
  return name.startsWith("optimizer_states.");
}
