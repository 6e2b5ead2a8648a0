import type { VidTokDatasetParams } from "@vidtok/data";
import { readingConfig, valueError } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import type { Schedule } from "@vidtok/nn";
import type { Precision } from "@vidtok/tensor";
import { imageLoggerSettings } from "../loggers/imageLoggerSettings.ts";
import type { ImageLoggerSettings } from "../loggers/imageLoggerSettings.ts";
import { checkpointSettings } from "./checkpointSettings.ts";
import type { CheckpointSettings } from "./checkpointSettings.ts";
import { datasetParams } from "./datasetParams.ts";
import { lookup, numberAt, textAt } from "./lookup.ts";
import { lossSettings } from "./lossSettings.ts";
import type { LossSettings } from "./lossSettings.ts";
import { lrSchedule } from "./lrSchedule.ts";
import { optimizerSettings } from "./optimizerSettings.ts";
import type { OptimizerSettings } from "./optimizerSettings.ts";

/** What a config says about training, beside the model itself. */
export interface TrainSettings {
  readonly optimizer: OptimizerSettings;
  /** What the learning rates are multiplied with at a step of training. */
  readonly schedule: Schedule;
  /** Of the moving average of the weights; null without one. */
  readonly emaDecay: number | null;
  readonly batchSize: number;
  /** Batches whose mean gradient makes a step. */
  readonly accumulate: number;
  /** Threads that read clips. */
  readonly workers: number | undefined;
  readonly train: VidTokDatasetParams;
  /** Null where the config names no validation data. */
  readonly validation: VidTokDatasetParams | null;
  readonly precision: Precision;
  readonly loss: LossSettings;
  readonly maxEpochs: number;
  /** Steps of training, each of both optimizers; Infinity where only epochs count. */
  readonly maxSteps: number;
  /** Steps from one validation to the next. */
  readonly validateEvery: number;
  /** Batches of validation data that are tried before training starts. */
  readonly sanityBatches: number;
  readonly checkpoints: CheckpointSettings;
  /** When reconstructions are shown; null for never. */
  readonly images: ImageLoggerSettings | null;
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

const whole = { whole: true } as const;

/** Reads the parts of a config that say how to train; what is asked for and not there is an error. */
export function trainSettings(config: ConfigNode): TrainSettings {
  return readingConfig(config, () => read(config));
}

function read(config: ConfigNode): TrainSettings {
  checkTrainerKeys(config);
  checkDevices(config);
  const trainer = (name: string, fallback: number, least: number): number =>
    numberAt(config, `lightning.trainer.${name}`, { ...whole, fallback, least });
  // The reference counts the steps of both its optimizers.
  const maxSteps = trainer("max_steps", -1, -1);
  const sanityBatches = trainer("num_sanity_val_steps", 2, -1);
  const workers = "data.params.num_workers";
  const decay = "model.params.ema_decay";
  return {
    optimizer: optimizerSettings(config),
    schedule: lrSchedule(config),
    emaDecay: lookup(config, decay) === undefined ? null : numberAt(config, decay, { least: 0 }),
    batchSize: numberAt(config, "data.params.batch_size", { ...whole, least: 1 }),
    accumulate: trainer("accumulate_grad_batches", 1, 1),
    workers:
      lookup(config, workers) === undefined
        ? undefined
        : numberAt(config, workers, { ...whole, least: 0 }),
    train: datasetParams(config, "data.params.train"),
    validation:
      lookup(config, "data.params.validation") === undefined
        ? null
        : { start_index: 0, ...datasetParams(config, "data.params.validation") },
    precision: precisionOf(config),
    loss: lossSettings(config, "model.params.loss_config.params"),
    maxEpochs: trainer("max_epochs", 1000, 0),
    maxSteps: maxSteps < 0 ? Infinity : Math.ceil(maxSteps / 2),
    validateEvery: trainer("val_check_interval", 2000, 1),
    sanityBatches: sanityBatches < 0 ? Infinity : sanityBatches,
    checkpoints: checkpointSettings(config),
    images: imageLoggerSettings(config),
  };
}

function precisionOf(config: ConfigNode): Precision {
  const path = "lightning.trainer.precision";
  const value = lookup(config, path);
  const name = typeof value === "number" ? String(value) : (textAt(config, path) ?? "32");
  if (Object.hasOwn(PRECISIONS, name)) return PRECISIONS[name]!;
  throw valueError(path, `is ${name} and has to be one of ${Object.keys(PRECISIONS).join(", ")}`);
}

function checkTrainerKeys(config: ConfigNode): void {
  const known = TRAINER_KEYS.split(" ");
  const given = Object.keys(lookup(config, "lightning.trainer") ?? {});
  const unknown = given.find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw valueError(
    `lightning.trainer.${unknown}`,
    `means nothing here; known are ${known.join(", ")}`,
  );
}

// One process with all cores is one device; nothing here spans several.
function checkDevices(config: ConfigNode): void {
  const allowed = { num_nodes: [1], devices: ["auto", 1] };
  for (const [key, values] of Object.entries(allowed)) {
    const given = lookup(config, `lightning.trainer.${key}`) ?? values[0];
    if (values.some((value) => value === given)) continue;
    throw valueError(
      `lightning.trainer.${key}`,
      `is ${JSON.stringify(given)}, but training runs on one device; leave it out`,
    );
  }
}
