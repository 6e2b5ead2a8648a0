import { contiguous, noGrad, tensor, Tensor, type Shape } from "@vidtok/tensor";
import { CheckpointError } from "./checkpoint/checkpointError.ts";
import { listNames } from "./checkpoint/listNames.ts";
import { loadReport, type LoadReport } from "./checkpoint/loadReport.ts";
import { matchState, type MatchOptions, type StateMatch } from "./checkpoint/matchState.ts";
import { nonFinite } from "./checkpoint/nonFinite.ts";
import { readAhead } from "./checkpoint/readAhead.ts";
import type { StoredTensor } from "./checkpoint/storedTensor.ts";
import { holders } from "./walk.ts";

// Enough to keep the reading thread busy, and small beside a model.
const bytesAhead = 2 ** 26;

/** A tensor in memory, or one in a checkpoint that is read when its turn comes. */
export type TensorSource = Tensor | StoredTensor;

/** Options of `loadStateDict`. */
export interface LoadOptions extends MatchOptions {
  /** Refuse a state dict with missing or unexpected names; default true. */
  readonly strict?: boolean;
  /** Which names may be missing where `strict` is false; default all. */
  readonly allowMissing?: (name: string) => boolean;
}

/**
 * The values of a model's parameters and buffers by name, in PyTorch's order; they stay the
 * model's.
 */
export function stateDict(model: object): Map<string, Tensor> {
  return new Map([...holders(model)].map(([name, parameter]) => [name, parameter.value]));
}

/**
 * Copies values into a model by name. Names and shapes are checked before anything is changed. A
 * NaN or infinite value from a file is an error; weights before it are loaded then.
 */
export async function loadStateDict(
  model: object,
  state: ReadonlyMap<string, TensorSource>,
  options: LoadOptions = {},
): Promise<LoadReport> {
  const { path = "state dict" } = options;
  const targets = holders(model);
  const expected = new Map<string, Shape>([...targets].map(([name, { shape }]) => [name, shape]));
  const match = matchState(expected, state, options);
  checkNames(match, path, options);
  const sources = [...match.used];
  const read = async ([name, source]: readonly [string, TensorSource]) =>
    [name, source, source instanceof Tensor ? undefined : await source.read()] as const;
  const weigh = ([, source]: readonly [string, TensorSource]) =>
    source instanceof Tensor ? 0 : source.bytes;
  for await (const [name, source, values] of readAhead(sources, read, weigh, bytesAhead)) {
    const wrong = values && nonFinite(values, source.shape);
    if (wrong !== undefined) throw new CheckpointError(path, undefined, notFinite(name, wrong));
    const parameter = targets.get(name);
    if (parameter) parameter.value = values ? tensor(values, source.shape) : await copyOf(source);
  }
  return loadReport(match);
}

/** A new tensor with the source's elements. */
export async function copyOf(source: TensorSource): Promise<Tensor> {
  if (source instanceof Tensor) return noGrad(() => contiguous(source));
  return tensor(await source.read(), source.shape);
}

function checkNames(
  { used, missing, ignored, unexpected }: StateMatch<TensorSource>,
  path: string,
  { strict = true, allowMissing = () => true }: LoadOptions,
): void {
  const absent = [...missing, ...ignored];
  if (strict && absent.length + unexpected.length > 0) {
    throw new CheckpointError(
      path,
      undefined,
      `${absent.length} of the model's names are missing${listed(absent)} and ` +
        `${unexpected.length} others were not expected${listed(unexpected)}; ` +
        "pass { strict: false } to load the rest",
    );
  }
  const needed = missing.filter((name) => !allowMissing(name));
  if (!strict && needed.length > 0) {
    const all = used.size + absent.length;
    throw new CheckpointError(
      path,
      undefined,
      `has ${used.size} of the model's ${all} weights and lacks ${needed.length} (${listNames(needed)}); ` +
        "--allow_missing (allowMissing in code) starts those from random values",
    );
  }
}

function notFinite(name: string, values: string): string {
  return `weight ${name} has ${values}, needed finite ones; use a checkpoint saved before or in float32`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "" : ` (${listNames(names)})`;
}
