import { loadStateDict, openCheckpoint, stateDict, writeSafetensors } from "@vidtok/nn";
import type { AdamState, Checkpoint, StoredTensor } from "@vidtok/nn";
import { Random } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { weightsOf } from "../loop/learner.ts";
import type { Learner, Trainee } from "../loop/learner.ts";
import { globalStep } from "../loop/trainState.ts";
import type { TrainState } from "../loop/trainState.ts";
import type { LogitAverages } from "../losses/lecam.ts";
import { TrainError } from "../trainError.ts";

const VERSION = "2";
const EMA = "model_ema.";

/** What a checkpoint tells next to its tensors. */
interface Bookkeeping {
  readonly state: TrainState;
  readonly averages: LogitAverages;
  /** Steps of each optimizer. */
  readonly steps: readonly number[];
  readonly emaUpdates: number;
  /** The monitored scalar of the last validation before it; null if there was none. */
  readonly monitored: number | null;
}

/**
 * Writes all that training needs to go on as one safetensors file. The weights have the reference's names, the moving averages too;
 * those of the optimizers' moments begin with `optimizer_states.`.
 */
export async function writeCheckpoint(
  path: string,
  learner: Learner,
  state: TrainState,
  monitored: number | null,
): Promise<void> {
  const { loss, ema } = learner;
  const optimizers = trainees(learner).map(({ optimizer }) => optimizer.state());
  const average = ema?.state();
  const tensors: (readonly [string, Tensor])[] = [
    ...stateDict(weightsOf(learner)),
    ...optimizers.flatMap(({ tensors }, i) =>
      [...tensors].map(([name, tensor]) => [momentPrefix(i) + name, tensor] as const),
    ),
    ...[...(average?.shadow ?? [])].map(([name, tensor]) => [emaName(name), tensor] as const),
  ];
  const bookkeeping: Bookkeeping = {
    state,
    averages: loss.averages,
    steps: optimizers.map(({ steps }) => steps),
    emaUpdates: average?.updates ?? 0,
    monitored,
  };
  await writeSafetensors(path, tensors, {
    vidtok_train: VERSION,
    epoch: String(state.epoch),
    global_step: String(globalStep(state)),
    training: JSON.stringify(bookkeeping),
  });
}

/** Gives a learner of the same config the values of a checkpoint, and resolves to where training stood. */
export async function readCheckpoint(path: string, learner: Learner): Promise<TrainState> {
  const checkpoint = await openCheckpoint(path);
  try {
    const { state, averages, steps, emaUpdates } = bookkeepingOf(checkpoint);
    const entries = [...checkpoint.entries];
    const isWeight = ([name]: readonly [string, StoredTensor]): boolean =>
      !name.startsWith("optimizer_states.") && !name.startsWith(EMA);
    await loadStateDict(weightsOf(learner), new Map(entries.filter(isWeight)), { path });
    for (const [i, { optimizer }] of trainees(learner).entries()) {
      await optimizer.loadState(momentsOf(entries, i, steps[i] ?? 0));
    }
    if (learner.ema) {
      const shadow = new Map(
        [...learner.ema.state().shadow.keys()].flatMap((name) => {
          const stored = checkpoint.entries.get(emaName(name));
          return stored ? [[name, stored] as const] : [];
        }),
      );
      await learner.ema.loadState({ updates: emaUpdates, shadow });
    }
    learner.loss.averages = averages;
    learner.model.random = new Random(state.noise);
    return state;
  } finally {
    await checkpoint.close();
  }
}

/** The seed of the run that wrote a checkpoint, and the monitored scalar it was written with. */
export async function readBookkeeping(
  path: string,
): Promise<{ readonly seed: number; readonly monitored: number | null }> {
  const checkpoint = await openCheckpoint(path);
  try {
    const { state, monitored } = bookkeepingOf(checkpoint);
    return { seed: state.seed, monitored };
  } finally {
    await checkpoint.close();
  }
}

function trainees({ generator, discriminator }: Learner): readonly Trainee[] {
  return discriminator ? [generator, discriminator] : [generator];
}

function momentPrefix(optimizer: number): string {
  return `optimizer_states.${optimizer}.`;
}

// The reference's averages are buffers, whose names may have no dots.
function emaName(parameter: string): string {
  return EMA + parameter.replaceAll(".", "");
}

function momentsOf(
  entries: readonly (readonly [string, StoredTensor])[],
  optimizer: number,
  steps: number,
): AdamState<StoredTensor> {
  const prefix = momentPrefix(optimizer);
  const tensors = entries
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, tensor]) => [name.slice(prefix.length), tensor] as const);
  return { steps, tensors: new Map(tensors) };
}

function bookkeepingOf({ path, metadata }: Checkpoint): Bookkeeping {
  const version = metadata.get("vidtok_train");
  const training = metadata.get("training");
  if (version !== VERSION || typeof training !== "string") {
    throw new TrainError(
      `resume: ${path} holds weights only, not where training stood; ` +
        `start a new run from it with model.params.ckpt_path=${path}`,
    );
  }
  return JSON.parse(training) as Bookkeeping;
}
