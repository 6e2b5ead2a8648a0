import { Lpips } from "@vidtok/metrics/nets";
import { modelConfig, Tokenizer } from "@vidtok/model";
import type { ResolvedConfig } from "@vidtok/model";
import { buffers, parameters } from "@vidtok/nn";
import {
  contiguous,
  currentBackend,
  full,
  scope,
  sizeOf,
  sizingBackend,
  useBackend,
} from "@vidtok/tensor";
import type { TrainSettings } from "../config/trainSettings.ts";
import { batchGradients } from "../loop/batchGradients.ts";
import { createLearner, disposeOptimizers, disposeTrained } from "../loop/learner.ts";
import { TokenizerLoss } from "../losses/tokenizerLoss.ts";

const BYTES = 4;

/**
 * The bytes of tensors that a training step holds at its peak, by running the step without
 * computing it: weights, activations, gradients and what the optimizers keep. Leaves the backend in
 * use as it was.
 */
export async function stepBytes(config: ResolvedConfig, settings: TrainSettings): Promise<number> {
  const backend = currentBackend();
  const sizing = sizingBackend(backend);
  await useBackend(sizing);
  try {
    const { loss: lossSettings, train, batchSize } = settings;
    const model = new Tokenizer(modelConfig(config), { precision: settings.precision });
    const net = lossSettings.perceptualWeight > 0 ? new Lpips() : undefined;
    const weights = { model, loss: new TokenizerLoss(lossSettings, net) };
    const holders = [...parameters(weights).values(), ...buffers(weights).values()];
    for (const holder of holders) holder.value = scope(() => contiguous(full(holder.shape, 0)));

    const learner = createLearner(weights, settings);
    const { sample_num_frames: t, input_height: h, input_width: w } = train.video_params;
    const shape = [batchSize, 3, t, h, w] as const;
    const batch = { jpg: new Float32Array(sizeOf(shape)), shape };
    const { generator, discriminator, statistics, scalars } = batchGradients(learner, batch, 0);
    const step = sizing.usage().peak;
    const trained = [...generator, ...discriminator];
    const elements = trained.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

    const moments = statistics.flat().flatMap(({ mean, variance }) => [mean, variance]);
    [...trained, ...moments, scalars.values].forEach((tensor) => tensor.free());
    disposeOptimizers(learner);
    disposeTrained(weights);
    // Adam's two moments, and with accumulation the sum of the gradients so far.
    const perElement = settings.accumulate > 1 ? 3 : 2;
    return step + perElement * BYTES * elements;
  } finally {
    await useBackend(backend);
  }
}
