import type { ConfigNode } from "@vidtok/model";
import { numberAt, textAt } from "./lookup.ts";

/** When checkpoints are written and which stay. */
export interface CheckpointSettings {
  /** Steps of both optimizers from one checkpoint to the next, which is twice the steps of training. */
  readonly every: number;
  /** The scalar whose smallest values decide which checkpoints stay, or null: then the newest do. */
  readonly monitor: string | null;
  /** How many named checkpoints stay, next to `last`; Infinity for all. */
  readonly keep: number;
}

const PATH = "lightning.modelcheckpoint.params";

/** Reads `lightning.modelcheckpoint` and `model.params.monitor`; the defaults are the reference's. */
export function checkpointSettings(config: ConfigNode): CheckpointSettings {
  const monitor = textAt(config, `${PATH}.monitor`) ?? textAt(config, "model.params.monitor");
  const fallback = monitor === undefined ? 1 : 3;
  const keep = numberAt(config, `${PATH}.save_top_k`, { fallback, least: -1, whole: true });
  return {
    every: numberAt(config, `${PATH}.every_n_train_steps`, {
      ...{ fallback: 5000, least: 1, whole: true },
    }),
    monitor: monitor ?? null,
    keep: keep < 0 ? Infinity : keep,
  };
}
