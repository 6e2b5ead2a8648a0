import { contiguous, noGrad, tensor, Tensor, type Shape } from "@vidtok/tensor";
import { CheckpointError } from "./checkpoint/checkpointError.ts";
import { matchState, type MatchOptions } from "./checkpoint/matchState.ts";
import type { StoredTensor } from "./checkpoint/storedTensor.ts";
import { holders } from "./walk.ts";

/** A tensor in memory, or one in a checkpoint that is read when its turn comes. */
export type TensorSource = Tensor | StoredTensor;

/** Options of `loadStateDict`. */
export interface LoadOptions extends MatchOptions {
  /** Refuse a state dict with missing or unexpected names; default true. */
  readonly strict?: boolean;
}

/** Names that only one side has. */
export interface LoadReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

/** The values of a model's parameters and buffers by name, in PyTorch's order; they stay the model's. */
export function stateDict(model: object): Map<string, Tensor> {
  return new Map([...holders(model)].map(([name, parameter]) => [name, parameter.value]));
}

/** Copies values into a model by name. Names and shapes are checked before anything is changed. */
export async function loadStateDict(
  model: object,
  state: ReadonlyMap<string, TensorSource>,
  options: LoadOptions = {},
): Promise<LoadReport> {
  const { strict = true, path = "state dict" } = options;
  const targets = holders(model);
  const expected = new Map<string, Shape>([...targets].map(([name, { shape }]) => [name, shape]));
  const { used, missing, unexpected } = matchState(expected, state, options);
  if (strict && missing.length + unexpected.length > 0) {
    throw new CheckpointError(
      path,
      undefined,
      `${missing.length} of the model's names are missing${listed(missing)} and ` +
        `${unexpected.length} others were not expected${listed(unexpected)}; ` +
        "pass { strict: false } to load the rest",
    );
  }
  for (const [name, source] of used) {
    const parameter = targets.get(name);
    if (parameter) parameter.value = await copyOf(source);
  }
  return { missing, unexpected };
}

/** A new tensor with the source's elements. */
export async function copyOf(source: TensorSource): Promise<Tensor> {
  if (source instanceof Tensor) return noGrad(() => contiguous(source));
  return tensor(await source.read(), source.shape);
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return "";
  return ` (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`;
}
