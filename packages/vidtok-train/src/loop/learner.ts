import type { Lpips } from "@vidtok/metrics/nets";
import { createModel, loadConfig } from "@vidtok/model";
import type { ConfigNode, Decoder, Encoder, Regularizer, Tokenizer } from "@vidtok/model";
import { Adam, disposeWeights, Ema, initialize, parameters } from "@vidtok/nn";
import type { Parameter } from "@vidtok/nn";
import { UnavailableError } from "@vidtok/tensor";
import type { Precision } from "@vidtok/tensor";
import type { OptimizerSettings } from "../config/optimizerSettings.ts";
import type { TrainSettings } from "../config/trainSettings.ts";
import { TokenizerLoss } from "../losses/tokenizerLoss.ts";
import { TrainError } from "../trainError.ts";

/** Parameters and the optimizer that trains them. */
export interface Trainee {
  /** By name, in the reference's order. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly optimizer: Adam;
  /** Before the schedule. */
  readonly learningRate: number;
}

/** All that training changes. */
export interface Learner {
  readonly model: Tokenizer;
  readonly loss: TokenizerLoss;
  /** Encoder, decoder and `logvar`. */
  readonly generator: Trainee;
  readonly discriminator: Trainee | undefined;
  readonly ema: Ema | undefined;
  /** Number format of convolutions and matrix products. */
  readonly precision: Precision;
}

/** What a checkpoint's weights belong to. */
export type Weights = Pick<Learner, "model" | "loss">;

/** Frees the weights of a model and its loss for good. */
export function disposeTrained({ model, loss }: Weights): void {
  disposeWeights({ model, loss }, "train: this run has ended and its weights were freed");
}

/** Frees what training keeps besides weights: moments and averages. */
export function disposeOptimizers({ generator, discriminator, ema }: Learner): void {
  generator.optimizer.dispose();
  discriminator?.optimizer.dispose();
  ema?.dispose();
}

/** What a model and its loss are made with besides their config. */
export interface WeightsOptions {
  readonly seed: number;
  /** The net of the perceptual loss; has to be there if that has a weight. */
  readonly perceptual?: Lpips;
}

/** A model and its loss with random weights, which depend on the seed alone. */
export async function createWeights(
  config: ConfigNode,
  settings: TrainSettings,
  { seed, perceptual }: WeightsOptions,
): Promise<Weights> {
  const { precision } = settings;
  // The checkpoint is loaded later, into the loss as well as into the model.
  const bare = loadConfig(config, ["model.params.ckpt_path=null"]);
  const model = await createModel(bare, { seed, precision }).catch((error: unknown) => {
    if (!(error instanceof UnavailableError) || precision === "f32") throw error;
    throw new TrainError(`${error.message}; lightning.trainer.precision=32 trains in f32`, {
      cause: error,
    });
  });
  const loss = new TokenizerLoss(settings.loss, perceptual);
  initialize({ loss }, seed);
  return { model, loss };
}

/** The optimizers and the moving average of weights that have their first values. */
export function createLearner(
  { model, loss }: Weights,
  settings: Pick<TrainSettings, "optimizer" | "emaDecay" | "precision">,
): Learner {
  const { optimizer, emaDecay, precision } = settings;
  const ofModel = new Map(model.trainableParameters());
  if (loss.logvar.trainable) ofModel.set("loss.logvar", loss.logvar);
  const ofDiscriminator = loss.discriminator && {
    loss: { discriminator: loss.discriminator },
  };
  const discriminator = ofDiscriminator && parameters(ofDiscriminator);
  const generatorRate = optimizer.learningRate * optimizer.generatorFactor;
  const all = new Map([...ofModel, ...(discriminator ?? [])]);
  return {
    ...{ model, loss, precision },
    generator: trainee(ofModel, optimizer, generatorRate),
    discriminator: discriminator && trainee(discriminator, optimizer, optimizer.learningRate),
    ema: emaDecay === null ? undefined : new Ema(all, emaDecay),
  };
}

function trainee(
  parameters: ReadonlyMap<string, Parameter>,
  { options }: OptimizerSettings,
  learningRate: number,
): Trainee {
  const optimizer = new Adam(parameters, { ...options, lr: learningRate });
  return { parameters, optimizer, learningRate };
}

/** The weights by the names that the reference's state dict has. */
export function weightsOf({ model, loss }: Weights): {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly regularization: Regularizer;
  readonly loss: TokenizerLoss;
} {
  const { encoder, decoder, regularization } = model;
  return { encoder, decoder, regularization, loss };
}
