import { initialize, loadStateDict, stateDict } from "@vidtok/nn";
import { sizeOf, tensor, type Shape } from "@vidtok/tensor";
import { hashValues } from "@vidtok/tensor/testing";

const natural = /scaling_layer|num_batches_tracked/;

/** Gives every weight the value that its name has in the reference's test vectors. */
export async function loadHashWeights(net: object, prefix = ""): Promise<void> {
  initialize(net, 0);
  const weights = [...stateDict(net)].filter(([name]) => !natural.test(name));
  const state = weights.map(
    ([name, { shape }]) => [name, tensor(hashWeight(prefix + name, shape), shape)] as const,
  );
  await loadStateDict(net, new Map(state), { strict: false });
}

/** The hash rule: noise by name, of the size that suits what the name says. */
export function hashWeight(name: string, shape: Shape): Float32Array {
  const values = hashValues(name, sizeOf(shape));
  const fanIn = sizeOf(shape.slice(1));
  if (/lin\d\.model\.1\.weight$/.test(name)) return unsigned(values, 0, 1);
  if (name.endsWith("running_mean")) return values.map((v) => 0.1 * v);
  if (name.endsWith("running_var")) return unsigned(values, 1, 0.5);
  if (shape.length >= 2) return values.map((v) => v * Math.sqrt(3 / fanIn));
  return name.endsWith("weight") ? values.map((v) => 1 + 0.1 * v) : values.map((v) => 0.1 * v);
}

function unsigned(values: Float32Array, base: number, scale: number): Float32Array {
  return values.map((v) => base + scale * ((v + 1) / 2));
}
