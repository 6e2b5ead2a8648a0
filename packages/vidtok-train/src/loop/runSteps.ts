import { clipLoader } from "@vidtok/data";
import type { ClipBatch } from "@vidtok/data";
import { writeCheckpoint } from "../run/checkpoint.ts";
import { checkpointPath } from "../run/runFolder.ts";
import { TrainError } from "../trainError.ts";
import { Meter } from "./meter.ts";
import type { Session } from "./session.ts";
import { trainStep } from "./trainStep.ts";
import { globalStep } from "./trainState.ts";
import type { TrainState } from "./trainState.ts";
import { validate } from "./validate.ts";

/** Where a run stopped. */
export interface Stopped {
  readonly state: TrainState;
  /** Of the last step and the last validation. */
  readonly scalars: ReadonlyMap<string, number>;
  readonly validation: ReadonlyMap<string, number>;
}

/** Trains batch after batch, epoch after epoch, until the last step or until the session's signal; ends with a checkpoint. */
export async function runSteps(session: Session, start: TrainState): Promise<Stopped> {
  const { learner, settings, steps, signal, log, tell } = session;
  const meter = new Meter();
  let state = start;
  let savedAt = -1;
  let scalars: ReadonlyMap<string, number> = new Map();
  let validation: ReadonlyMap<string, number> = new Map();

  const isOver = (): boolean => state.step >= steps || signal?.aborted === true;
  while (!isOver()) {
    let mark = performance.now();
    for await (const batch of epochBatches(session, state)) {
      const waited = performance.now() - mark;
      scalars = await stepOrSave(session, state, batch);
      const { step, batch: position } = state;
      state = { ...state, step: step + 1, batch: position + 1, noise: learner.model.random.state };

      meter.add((performance.now() - mark) / 1000, waited / 1000);
      mark = performance.now();
      const { stepsPerSecond, dataWait } = meter;
      const logged = new Map([
        ...scalars,
        ["lr_abs", settings.learningRate],
        ["steps_per_second", stepsPerSecond],
        ["data_wait", dataWait],
      ]);
      log.write(state.step, "train", logged);
      const secondsLeft = (steps - state.step) / stepsPerSecond;
      const { epoch } = state;
      tell({ kind: "step", step: state.step, steps, epoch, scalars, stepsPerSecond, secondsLeft });

      if (state.step % settings.validateEvery === 0) {
        validation = (await validateAndLog(session, state)) ?? validation;
      }
      if (globalStep(state) % settings.checkpointEvery === 0) {
        await save(session, state, "named");
        savedAt = state.step;
      }
      if (isOver()) break;
      mark = performance.now();
    }
    if (!isOver()) state = { ...state, epoch: state.epoch + 1, batch: 0 };
  }
  if (savedAt !== state.step) await save(session, state, "last");
  return { state, scalars, validation };
}

/** The batches of an epoch that are left; ends early when the session is aborted. */
async function* epochBatches(
  { source, settings, signal }: Session,
  { seed, epoch, batch }: TrainState,
): AsyncGenerator<ClipBatch> {
  const { batchSize } = settings;
  try {
    yield* clipLoader(source, { batchSize, shuffle: true, seed, epoch, skip: batch, signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** One step. If its numbers are not finite, the weights before it are saved and the run ends. */
async function stepOrSave(
  session: Session,
  state: TrainState,
  batch: ClipBatch,
): Promise<ReadonlyMap<string, number>> {
  try {
    return await trainStep(session.learner, batch, globalStep(state));
  } catch (error) {
    if (!(error instanceof TrainError)) throw error;
    const path = await save(session, state, "last");
    throw new TrainError(
      `train: step ${state.step + 1}: ${error.message}; the weights before it are in ${path}`,
      { cause: error },
    );
  }
}

async function save(
  { folder, learner, tell }: Session,
  state: TrainState,
  kind: "named" | "last",
): Promise<string> {
  if (kind === "named") {
    const place = { epoch: state.epoch, globalStep: globalStep(state) };
    await writeCheckpoint(checkpointPath(folder, place), learner, state);
  }
  const path = checkpointPath(folder, "last");
  await writeCheckpoint(path, learner, state);
  tell({ kind: "checkpoint", step: state.step, path });
  return path;
}

async function validateAndLog(
  { learner, validation, settings, log, signal, tell }: Session,
  state: TrainState,
): Promise<ReadonlyMap<string, number> | undefined> {
  if (validation === null) return undefined;
  const { batchSize } = settings;
  const { seed, step } = state;
  const options = { batchSize, seed, globalStep: globalStep(state), signal };
  try {
    const scalars = await validate(learner, validation, options);
    log.write(step, "val", scalars);
    tell({ kind: "validation", step, scalars });
    return scalars;
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}
