import type { ClipBatch } from "@vidtok/data";
import { ConfigError } from "@vidtok/model";
import type { Session } from "./session.ts";
import { showBatch } from "./showBatch.ts";
import { globalStep } from "./trainState.ts";
import type { TrainState } from "./trainState.ts";
import { validate } from "./validate.ts";
import type { ValidateOptions } from "./validate.ts";

/** Validates with the weights, and with their averages where there are some; resolves to the scalars by their whole names. Empty without validation data and after an abort. */
export async function validateAndLog(
  session: Session,
  state: TrainState,
): Promise<ReadonlyMap<string, number>> {
  const { learner, validation, settings, log, signal, tell } = session;
  if (validation === null) return new Map();
  const { epoch, seed, step } = state;
  const place = { split: "val", epoch, globalStep: globalStep(state) } as const;
  const { batchSize } = settings;
  const options: ValidateOptions = { batchSize, seed, globalStep: globalStep(state), signal };
  // Pictures are made once, of both weights.
  const onBatch = (batch: ClipBatch, batchIndex: number): Promise<void> =>
    showBatch(session, batch, { ...place, batchIndex });
  try {
    const scalars = await validate(learner, validation, { ...options, onBatch });
    const named = prefixed("val", scalars);
    if (learner.ema) {
      const averaged = await learner.ema.use(() => validate(learner, validation, options));
      prefixed("val_ema", averaged).forEach((value, name) => named.set(name, value));
    }
    checkMonitor(settings.checkpoints.monitor, named);
    log.scalars(step, named);
    tell({ kind: "validation", step, scalars });
    return named;
  } catch (error) {
    if (signal?.aborted) return new Map();
    throw error;
  }
}

/** Tries a few validation batches before training, so that what is wrong with them shows at once. */
export async function sanityCheck(session: Session, state: TrainState): Promise<void> {
  const { learner, validation, settings, signal } = session;
  if (validation === null || settings.sanityBatches === 0) return;
  const { batchSize, sanityBatches: most } = settings;
  const options = { batchSize, seed: state.seed, globalStep: globalStep(state), signal, most };
  try {
    const scalars = await validate(learner, validation, options);
    const averaged = learner.ema ? prefixed("val_ema", scalars) : [];
    checkMonitor(settings.checkpoints.monitor, new Map([...prefixed("val", scalars), ...averaged]));
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

function prefixed(split: string, scalars: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...scalars].map(([name, value]) => [`${split}/${name}`, value]));
}

function checkMonitor(monitor: string | null, named: ReadonlyMap<string, number>): void {
  if (monitor === null || !monitor.startsWith("val") || named.has(monitor)) return;
  throw new ConfigError(
    `config: model.params.monitor is ${monitor}, which is not measured; there are ${[...named.keys()].join(", ")}`,
  );
}
