import { loadStateDict, openCheckpoint, stateDict, writeSafetensors } from "@vidtok/nn";
import type { Checkpoint } from "@vidtok/nn";
import { Random } from "@vidtok/tensor";
import { weightsOf } from "../loop/learner.ts";
import type { Learner } from "../loop/learner.ts";
import { globalStep } from "../loop/trainState.ts";
import type { TrainState } from "../loop/trainState.ts";
import { TrainError } from "../trainError.ts";

const VERSION = "1";
const OPTIMIZER = "optimizer_states.0.";

/** Writes all that training needs to go on as one safetensors file; the weights have the reference's names. */
export async function writeCheckpoint(
  path: string,
  learner: Learner,
  state: TrainState,
): Promise<void> {
  const { steps, tensors } = learner.optimizer.state();
  const moments = [...tensors].map(([name, tensor]) => [OPTIMIZER + name, tensor] as const);
  await writeSafetensors(path, [...stateDict(weightsOf(learner)), ...moments], {
    vidtok_train: VERSION,
    epoch: String(state.epoch),
    global_step: String(globalStep(state)),
    state: JSON.stringify(state),
    optimizer_steps: String(steps),
  });
}

/** Gives a learner of the same config the values of a checkpoint, and resolves to where training stood. */
export async function readCheckpoint(path: string, learner: Learner): Promise<TrainState> {
  const checkpoint = await openCheckpoint(path);
  try {
    const state = stateOf(checkpoint);
    const entries = [...checkpoint.entries];
    const isMoment = (name: string): boolean => name.startsWith(OPTIMIZER);
    const weights = new Map(entries.filter(([name]) => !isMoment(name)));
    await loadStateDict(weightsOf(learner), weights, { path });
    await learner.optimizer.loadState({
      steps: Number(checkpoint.metadata.get("optimizer_steps")),
      tensors: new Map(
        entries
          .filter(([name]) => isMoment(name))
          .map(([name, tensor]) => [name.slice(OPTIMIZER.length), tensor]),
      ),
    });
    learner.model.random = new Random(state.noise);
    return state;
  } finally {
    await checkpoint.close();
  }
}

/** The seed of the run that wrote a checkpoint. */
export async function readSeed(path: string): Promise<number> {
  const checkpoint = await openCheckpoint(path);
  try {
    return stateOf(checkpoint).seed;
  } finally {
    await checkpoint.close();
  }
}

function stateOf({ path, metadata }: Checkpoint): TrainState {
  const version = metadata.get("vidtok_train");
  const state = metadata.get("state");
  if (version !== VERSION || typeof state !== "string") {
    throw new TrainError(
      `resume: ${path} holds weights only, not where training stood; ` +
        `start a new run from it with model.params.ckpt_path=${path}`,
    );
  }
  return JSON.parse(state) as TrainState;
}
