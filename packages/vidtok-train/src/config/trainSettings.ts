import type { VidTokDatasetParams } from "@vidtok/data";
import { ConfigError } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import type { Precision } from "@vidtok/tensor";
import { datasetParams } from "./datasetParams.ts";
import { lookup, numberAt, textAt } from "./lookup.ts";
import { lossSettings } from "./lossSettings.ts";
import type { LossSettings } from "./lossSettings.ts";
import { checkAvailable } from "./unavailable.ts";

/** What a config says about training, beside the model itself. */
export interface TrainSettings {
  /** Learning rate of encoder and decoder. */
  readonly learningRate: number;
  readonly batchSize: number;
  readonly train: VidTokDatasetParams;
  /** Null where the config names no validation data. */
  readonly validation: VidTokDatasetParams | null;
  readonly precision: Precision;
  readonly loss: LossSettings;
  readonly maxEpochs: number;
  /** In batches; Infinity where only epochs count. */
  readonly maxSteps: number;
  /** Batches from one validation to the next. */
  readonly validateEvery: number;
  /** Steps of both optimizers from one checkpoint to the next, which is twice the batches. */
  readonly checkpointEvery: number;
}

const PRECISIONS: Readonly<Record<string, Precision>> = {
  "32": "f32",
  "32-true": "f32",
  "bf16-mixed": "bf16",
};

// Some keep the machinery of other systems going; here they mean nothing.
const TRAINER_KEYS =
  "precision devices num_nodes benchmark num_sanity_val_steps val_check_interval check_val_every_n_epoch " +
  "accumulate_grad_batches max_epochs max_steps accelerator strategy";

/** Reads the parts of a config that say how to train; what is asked for and not there is an error. */
export function trainSettings(config: ConfigNode): TrainSettings {
  checkAvailable(config);
  checkTrainerKeys(config);
  const base = numberAt(config, "model.base_learning_rate", { least: 0 });
  // The reference counts the steps of both its optimizers.
  const maxSteps = numberAt(config, "lightning.trainer.max_steps", { fallback: -1, whole: true });
  return {
    learningRate: base * numberAt(config, "model.params.lr_g_factor", { fallback: 1, least: 0 }),
    batchSize: numberAt(config, "data.params.batch_size", { least: 1, whole: true }),
    train: datasetParams(config, "data.params.train"),
    validation:
      lookup(config, "data.params.validation") === undefined
        ? null
        : { start_index: 0, ...datasetParams(config, "data.params.validation") },
    precision: precisionOf(config),
    loss: lossSettings(config, "model.params.loss_config.params"),
    maxEpochs: numberAt(config, "lightning.trainer.max_epochs", {
      fallback: 1000,
      least: 0,
      whole: true,
    }),
    maxSteps: maxSteps < 0 ? Infinity : Math.ceil(maxSteps / 2),
    validateEvery: numberAt(config, "lightning.trainer.val_check_interval", {
      fallback: 2000,
      least: 1,
      whole: true,
    }),
    checkpointEvery: numberAt(config, "lightning.modelcheckpoint.params.every_n_train_steps", {
      fallback: 5000,
      least: 1,
      whole: true,
    }),
  };
}

function precisionOf(config: ConfigNode): Precision {
  const path = "lightning.trainer.precision";
  const value = lookup(config, path);
  const name = typeof value === "number" ? String(value) : (textAt(config, path) ?? "32");
  if (Object.hasOwn(PRECISIONS, name)) return PRECISIONS[name]!;
  throw new ConfigError(
    `config: ${path} is ${name} and has to be one of ${Object.keys(PRECISIONS).join(", ")}`,
  );
}

function checkTrainerKeys(config: ConfigNode): void {
  const known = TRAINER_KEYS.split(" ");
  const given = Object.keys(lookup(config, "lightning.trainer") ?? {});
  const unknown = given.find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new ConfigError(
    `config: lightning.trainer.${unknown} means nothing here; known are ${known.join(", ")}`,
  );
}
