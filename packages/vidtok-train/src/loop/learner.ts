import { Adam, initialize, loadStateDict, openCheckpoint, stateEntries } from "@vidtok/nn";
import type { LoadReport, Parameter } from "@vidtok/nn";
import { createModel, loadConfig } from "@vidtok/model";
import type { ConfigNode, Decoder, Encoder, Regularizer, Tokenizer } from "@vidtok/model";
import { UnavailableError } from "@vidtok/tensor";
import type { Backend, BackendName } from "@vidtok/tensor";
import type { TrainSettings } from "../config/trainSettings.ts";
import { AutoencoderLoss } from "../losses/autoencoderLoss.ts";
import { TrainError } from "../trainError.ts";

/** All that training changes. */
export interface Learner {
  readonly model: Tokenizer;
  readonly loss: AutoencoderLoss;
  /** What the optimizer trains, by name, in the reference's order. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly optimizer: Adam;
}

/** A learner with random weights, which depend on the seed alone. */
export async function createLearner(
  config: ConfigNode,
  settings: TrainSettings,
  seed: number,
  backend?: BackendName | Backend,
): Promise<Learner> {
  // The checkpoint is loaded later, into the loss as well as into the model.
  const bare = loadConfig(config, ["model.params.ckpt_path=null"]);
  const model = await createModel(bare, {
    seed,
    precision: settings.precision,
    ...(backend === undefined ? {} : { backend }),
  }).catch((error: unknown) => {
    if (!(error instanceof UnavailableError) || settings.precision === "f32") throw error;
    throw new TrainError(`${error.message}; lightning.trainer.precision=32 trains in f32`, {
      cause: error,
    });
  });
  const loss = new AutoencoderLoss(settings.loss);
  initialize({ loss }, seed);
  const parameters = new Map(model.trainableParameters());
  if (loss.logvar.trainable) parameters.set("loss.logvar", loss.logvar);
  return {
    model,
    loss,
    parameters,
    optimizer: new Adam(parameters, { lr: settings.learningRate }),
  };
}

/** The part of a learner whose values a checkpoint names as the reference's state dict does. */
export function weightsOf({ model, loss }: Learner): {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly regularization: Regularizer;
  readonly loss: AutoencoderLoss;
} {
  const { encoder, decoder, regularization } = model;
  return { encoder, decoder, regularization, loss };
}

/** Loads what fits of a model's checkpoint, to train it further. */
export async function loadPretrained(
  learner: Learner,
  path: string,
  ignoreKeys: readonly string[],
): Promise<LoadReport> {
  const checkpoint = await openCheckpoint(path);
  try {
    const options = { strict: false, ignoreKeys, path };
    return await loadStateDict(weightsOf(learner), stateEntries(checkpoint), options);
  } finally {
    await checkpoint.close();
  }
}
