import "@vidtok/backend-native";
import { initialize, loadStateDict, openCheckpoint, stateEntries } from "@vidtok/nn";
import type { LoadReport } from "@vidtok/nn";
import { currentBackend, useBackend, withPrecision } from "@vidtok/tensor";
import type { Backend, BackendName, Precision } from "@vidtok/tensor";
import { loadConfig } from "./config/loadConfig.ts";
import { modelConfig } from "./config/modelConfig.ts";
import { ConfigError, configValue, isNode } from "./config/value.ts";
import { Tokenizer } from "./tokenizer.ts";

/** Options of `createModel`. */
export interface CreateModelOptions {
  /** Parameters laid over those of both encoder and decoder, e.g. `{ ch: 32 }`. */
  readonly overrides?: object;
  /** Where to run; default: the backend in use, else `auto`. */
  readonly backend?: BackendName | Backend;
  /** Number format of convolutions and matrix products; default `f32`. */
  readonly precision?: Precision;
  /**
   * A checkpoint to load, instead of the config's `ckpt_path`; without either the weights are
   * random.
   */
  readonly ckpt?: string;
  /** Whether weights that the checkpoint lacks may stay random; default false, an error. */
  readonly allowMissing?: boolean;
  /** Seed of random weights, latent noise and dropout; default 0. */
  readonly seed?: number;
  /**
   * Bytes that all tensors may take together while a clip is encoded or decoded without gradients,
   * weights included; default: what the machine has free.
   */
  readonly memoryBudget?: number;
  /** Receives the number of loaded weights, the missing names and how names were mapped. */
  readonly onLoad?: (report: LoadReport) => void;
}

/**
 * Builds the tokenizer of a config: the name of a shipped one, the path of a yaml file, or its
 * contents.
 *
 * @example
 * const model = await createModel("vidtok_kl_causal_488_4chn", { ckpt: "model.ckpt" });
 */
export async function createModel(
  config: string | object,
  options: CreateModelOptions = {},
): Promise<Tokenizer> {
  const overrides = configValue(options.overrides ?? {}, "overrides");
  if (!isNode(overrides)) throw new ConfigError("createModel: overrides have to be a mapping");
  const read = modelConfig(loadConfig(config), overrides);
  const { seed = 0, precision = "f32", memoryBudget } = options;
  await chooseBackend(options.backend);
  // Fails here, and not in the first pass, where the backend has no such precision.
  withPrecision(precision, () => undefined);
  const model = new Tokenizer(read, { seed, precision, memoryBudget });
  const path = options.ckpt ?? read.ckptPath;
  try {
    if (path !== null) {
      const report = await load(model, path, read.ignoreKeys, options.allowMissing ?? false);
      options.onLoad?.(report);
    }
    initialize(model, seed);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

async function chooseBackend(choice: BackendName | Backend | undefined): Promise<void> {
  if (choice !== undefined) {
    await useBackend(choice);
    return;
  }
  try {
    currentBackend();
  } catch {
    await useBackend("auto");
  }
}

/** As in the reference, names unknown to the model are reported and a wrong shape is an error. */
async function load(
  model: Tokenizer,
  path: string,
  ignoreKeys: readonly string[],
  allowMissing: boolean,
): Promise<LoadReport> {
  const checkpoint = await openCheckpoint(path);
  try {
    return await loadStateDict(model, stateEntries(checkpoint), {
      ...{ strict: false, ignoreKeys, path },
      allowMissing: () => allowMissing,
    });
  } finally {
    await checkpoint.close();
  }
}
