import { configNames, configPath, loadConfig, modelConfig, Tokenizer } from "@vidtok/model";
import { CheckpointError, matchState } from "@vidtok/nn";
import type { Naming, StoredTensor } from "@vidtok/nn";

/** Shipped configs whose model has all its weights in a checkpoint. */
export interface FittingConfigs {
  /** Names of the configs; v1.1 models have the names and shapes of v1.0. */
  readonly configs: readonly string[];
  /** Where the weights are in the file; null where no config fits. */
  readonly naming: Naming | null;
}

// Several times what a training run with optimizer states has; more would take long to compare.
const mostTensors = 20_000;

/**
 * Compares names and shapes of a checkpoint's tensors with those of each shipped config's model.
 */
export function fittingConfigs(entries: ReadonlyMap<string, StoredTensor>): FittingConfigs {
  const none: FittingConfigs = { configs: [], naming: null };
  if (entries.size > mostTensors) return none;
  return configNames().reduce((found, name) => {
    const naming = namingFor(name, entries);
    return naming ? { configs: [...found.configs, name], naming } : found;
  }, none);
}

function namingFor(name: string, entries: ReadonlyMap<string, StoredTensor>): Naming | undefined {
  const model = new Tokenizer(modelConfig(loadConfig(configPath(name))));
  const expected = new Map(
    [...model.namedParameters()].map(([key, { shape }]) => [key, shape] as const),
  );
  try {
    const { missing, naming } = matchState(expected, entries);
    return missing.length === 0 ? naming : undefined;
  } catch (error) {
    if (error instanceof CheckpointError) return undefined;
    throw error;
  }
}
