import type { ClipBatch } from "@vidtok/data";
import { memory } from "@vidtok/tensor";
import { TrainError } from "../trainError.ts";
import { Meter } from "./meter.ts";
import { saveLast, saveNamed } from "./saving.ts";
import type { Session } from "./session.ts";
import { showBatch } from "./showBatch.ts";
import { stepBatches } from "./stepBatches.ts";
import { trainStep } from "./trainStep.ts";
import { globalStep } from "./trainState.ts";
import type { TrainState } from "./trainState.ts";
import { validateAndLog } from "./validateAndLog.ts";

/** Where a run stopped. */
export interface Stopped {
  readonly state: TrainState;
  /** What was logged last, by name: `train/rec_loss`, `val/rec_loss`. */
  readonly scalars: ReadonlyMap<string, number>;
}

/**
 * Trains step after step until the last step or until the session's signal; ends with a checkpoint,
 * also where something fails between two steps.
 */
export async function runSteps(session: Session, start: TrainState): Promise<Stopped> {
  const { learner, settings, steps, signal, checkpoints } = session;
  const meter = new Meter();
  const logged = new Map<string, number>();
  let state = start;
  let savedAt = -1;
  let isBetweenSteps = true;

  const isOver = (): boolean => state.step >= steps || signal?.aborted === true;
  const batchesOfSteps = isOver() ? [] : stepBatches(session, state);
  let mark = performance.now();
  try {
    for await (const batches of batchesOfSteps) {
      const waited = performance.now() - mark;
      const [first, last] = [batches[0]!, batches.at(-1)!];
      const place = { split: "train", epoch: last.epoch, batchIndex: last.batch } as const;
      if (state.step === 0 && settings.images?.showsUntrained) {
        await showBatch(session, first, { ...place, globalStep: 0 });
      }
      isBetweenSteps = false;
      const scalars = await stepOrSave(session, state, batches, logged);
      const noise = learner.model.random.state;
      const { seed, step } = state;
      state = { seed, step: step + 1, epoch: last.epoch, batch: last.batch + 1, noise };
      isBetweenSteps = true;
      meter.add((performance.now() - mark) / 1000, waited / 1000);
      report(session, state, scalars, meter).forEach((value, name) => logged.set(name, value));

      await showBatch(session, last, { ...place, globalStep: globalStep(state) });
      if (state.step % settings.validateEvery === 0) {
        const found = await validateAndLog(session, state);
        found.forEach((value, name) => logged.set(name, value));
      }
      if (checkpoints.isDue(state) && (await saveNamed(session, state, logged))) {
        savedAt = state.step;
      }
      if (isOver()) break;
      mark = performance.now();
    }
  } catch (error) {
    if (!isBetweenSteps || state.step === start.step || savedAt === state.step) throw error;
    throw await withSaved(session, state, logged, error);
  }
  if (savedAt !== state.step) await saveLast(session, state, logged);
  return { state, scalars: logged };
}

/** An error that ends training between two steps, once what is trained so far is saved. */
async function withSaved(
  session: Session,
  state: TrainState,
  logged: ReadonlyMap<string, number>,
  cause: unknown,
): Promise<unknown> {
  try {
    const path = await saveLast(session, state, logged);
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new TrainError(
      `train: after step ${state.step}: ${reason}; the weights after that step are in ${path}`,
      { cause },
    );
  } catch {
    // The same full disk may be in the way of both.
    return cause;
  }
}

/** Logs and tells what a step measured, and returns it by its whole names. */
function report(
  { settings, learner, steps, log, tell }: Session,
  state: TrainState,
  scalars: ReadonlyMap<string, number>,
  { stepsPerSecond, dataWait }: Meter,
): ReadonlyMap<string, number> {
  const { step, epoch } = state;
  const named = new Map<string, number>(
    [...scalars].map(([name, value]) => [`train/${name}`, value]),
  )
    .set("lr_abs", settings.schedule(step - 1) * learner.generator.learningRate)
    .set("train/steps_per_second", stepsPerSecond)
    .set("train/data_wait", dataWait)
    .set("train/peak_memory_gb", memory().peak / 1e9);
  log.scalars(step, named);
  const secondsLeft = (steps - step) / stepsPerSecond;
  tell({ kind: "step", step, steps, epoch, scalars, stepsPerSecond, secondsLeft });
  return named;
}

/** One step. If its numbers are not finite, the weights before it are saved and the run ends. */
async function stepOrSave(
  session: Session,
  state: TrainState,
  batches: readonly ClipBatch[],
  logged: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const lrFactor = session.settings.schedule(state.step);
  try {
    return await trainStep(session.learner, batches, { globalStep: globalStep(state), lrFactor });
  } catch (error) {
    if (!(error instanceof TrainError)) throw error;
    const path = await saveLast(session, state, logged);
    throw new TrainError(
      `train: step ${state.step + 1}: ${error.message}; the weights before it are in ${path}`,
      { cause: error },
    );
  }
}
