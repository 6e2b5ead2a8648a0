import { stateDict, loadStateDict } from "@vidtok/nn";
import { sizeOf, tensor } from "@vidtok/tensor";
import type { Shape, Tensor } from "@vidtok/tensor";
import { hashValues } from "@vidtok/tensor/testing";
import { weightsOf } from "../../src/loop/learner.ts";
import type { Weights } from "../../src/loop/learner.ts";

/** Where the hashed numbers were rounded to float32: once at the end, or at every step. */
export type Rounding = "last" | "each";

/** An input: numbers in [-1, 1). */
export function hashInput(name: string, shape: Shape): Tensor {
  return tensor(hashClip(name, shape), shape);
}

/** The elements of `hashInput`. */
export function hashClip(name: string, shape: Shape): Float32Array {
  return hashValues(name, sizeOf(shape));
}

// A tensor by its name in the state dict; null where it keeps its first value.
function hashWeight(name: string, shape: Shape, rounding: Rounding): Float32Array | null {
  const count = sizeOf(shape);
  const round = rounding === "each" ? Math.fround : (value: number): number => value;
  const scaled = (v: number, scale: number): number => round(round(v) * round(scale));
  if (/scaling_layer|num_batches_tracked|^loss\.logvar$/.test(name)) return null;
  if (name.endsWith("mix_factor")) return new Float32Array(count).fill(0.3);
  if (/lin\d\.model\.1\.weight$/.test(name)) return hashValues(name, count, (v) => (v + 1) / 2);
  // The whole-model goldens left the running statistics at their first values too.
  if (rounding === "each" && /running_(mean|var)$/.test(name)) return null;
  if (name.endsWith("running_mean")) return hashValues(name, count, (v) => scaled(v, 0.1));
  if (name.endsWith("running_var")) return hashValues(name, count, (v) => 1 + 0.5 * ((v + 1) / 2));
  if (shape.length >= 2) {
    const bound = Math.sqrt(3 / sizeOf(shape.slice(1)));
    return hashValues(name, count, (v) => scaled(v, bound));
  }
  if (name.endsWith("weight")) return hashValues(name, count, (v) => 1 + scaled(v, 0.1));
  return hashValues(name, count, (v) => scaled(v, 0.1));
}

/** Gives a model and its loss the goldens' weights. */
export async function loadHashWeights(target: Weights, rounding: Rounding): Promise<void> {
  const weights = weightsOf(target);
  const state = new Map<string, Tensor>();
  for (const [name, { shape }] of stateDict(weights)) {
    const data = hashWeight(name, shape, rounding);
    if (data) state.set(name, tensor(data, shape));
  }
  await loadStateDict(weights, state, { strict: false });
  state.forEach((each) => each.free());
}
