import { basename } from "node:path";
import { VidTokDataset } from "@vidtok/data";
import type { ConfigNode } from "@vidtok/model";
import { currentBackend, sizeOf, useBackend } from "@vidtok/tensor";
import type { Backend, BackendName } from "@vidtok/tensor";
import { stringify } from "yaml";
import { textAt, textsAt } from "./config/lookup.ts";
import { trainSettings } from "./config/trainSettings.ts";
import type { TrainSettings } from "./config/trainSettings.ts";
import { jsonlLogger } from "./loggers/jsonlLogger.ts";
import type { RunLogger } from "./loggers/runLogger.ts";
import { severalLoggers } from "./loggers/severalLoggers.ts";
import { tensorBoardLogger } from "./loggers/tensorBoardLogger.ts";
import { createLearner, createWeights } from "./loop/learner.ts";
import type { Learner, Weights } from "./loop/learner.ts";
import { perceptualNet } from "./loop/perceptualNet.ts";
import { loadPretrained } from "./loop/pretrained.ts";
import { runSteps } from "./loop/runSteps.ts";
import type { Stopped } from "./loop/runSteps.ts";
import type { Session } from "./loop/session.ts";
import type { TrainState } from "./loop/trainState.ts";
import { sanityCheck, validateAndLog } from "./loop/validateAndLog.ts";
import { chooseCheckpointing } from "./memory/chooseCheckpointing.ts";
import { readBookkeeping, readCheckpoint } from "./run/checkpoint.ts";
import { Checkpoints } from "./run/checkpoints.ts";
import { replaceFile } from "./run/replaceFile.ts";
import { createRun, findRun } from "./run/runFolder.ts";
import type { RunFolder } from "./run/runFolder.ts";
import { TrainError } from "./trainError.ts";
import type { TrainEvent } from "./trainEvent.ts";

/** What to train, where to, and for how long. */
export interface TrainOptions {
  /** A config in the reference's schema, merged and resolved: what `loadConfig` returns. */
  readonly config: ConfigNode;
  /** Folder of runs. */
  readonly logdir: string;
  /** Folder of this run in it; default: the date and time. */
  readonly name?: string;
  /** A run's folder or a checkpoint of it to go on with; logdir, name and seed are then the run's. */
  readonly resume?: string;
  /** A checkpoint that a new run goes on from: with its seed, its place in the data, its step. */
  readonly from?: string;
  /** Of the first weights, the noise and the order of the data; default 23. */
  readonly seed?: number;
  /** Steps after which training ends, if the config does not end it sooner. */
  readonly maxSteps?: number;
  /** Where to run; default: the backend in use, else `auto`. */
  readonly backend?: BackendName | Backend;
  /** Ends training after the step it is in, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: TrainEvent) => void;
  /** Gets what the run logs, beside its own files. */
  readonly logger?: (run: LoggedRun) => Promise<RunLogger>;
}

/** What a logger may want to know about a run. */
export interface LoggedRun {
  /** The run's folder. */
  readonly dir: string;
  readonly name: string;
  readonly config: ConfigNode;
  /** Steps trained before. */
  readonly step: number;
}

/** How a training run ended. */
export interface TrainResult {
  /** The run's folder. */
  readonly dir: string;
  /** The last checkpoint. */
  readonly checkpoint: string;
  /** Steps trained, with those before a resume. */
  readonly step: number;
  readonly epoch: number;
  /** Whether the signal ended it. */
  readonly isInterrupted: boolean;
  /** What was logged last, by name: `train/rec_loss`, `val/rec_loss`, … */
  readonly scalars: Readonly<Record<string, number>>;
  readonly backend: string;
  readonly mode: string;
}

/** How a validation ended. */
export type ValidateResult = Omit<TrainResult, "checkpoint">;

/**
 * Trains a tokenizer.
 *
 * @example
 * const config = loadConfig("config.yaml", ["data.params.train.params.data_dir=videos"]);
 * const { checkpoint } = await train({ config, logdir: "runs", maxSteps: 1000 });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const begun = await begin(options, "train");
  const { session, state } = begun;
  const result = await end(begun, async () => {
    if (state.step === 0) await sanityCheck(session, state);
    return runSteps(session, state);
  });
  return { ...result, checkpoint: session.checkpoints.last };
}

/** Validates once, with the weights that `train` would start from, and trains nothing. Logs in `validations.jsonl` of the run's folder. */
export async function validate(options: Omit<TrainOptions, "maxSteps">): Promise<ValidateResult> {
  const begun = await begin(options, "validate");
  const { session, state } = begun;
  return end(begun, async () => ({ state, scalars: await validateAndLog(session, state) }));
}

/** A run that is ready to work. */
interface Begun {
  readonly session: Session;
  readonly state: TrainState;
  readonly ran: { readonly backend: string; readonly mode: string };
  /** Tells the problems with videos that were not told before. */
  readonly report: () => void;
}

async function begin(options: TrainOptions, kind: "train" | "validate"): Promise<Begun> {
  const { config, signal } = options;
  const tell = options.onProgress ?? (() => undefined);
  const settings = trainSettings(config);
  if (kind === "validate" && settings.validation === null) {
    throw new TrainError("validate: there is nothing to validate on; add data.params.validation");
  }
  const found = options.resume === undefined ? undefined : findRun(options.resume);
  const from = found?.checkpoint ?? options.from;
  const before = from === undefined ? undefined : await readBookkeeping(from);
  const seed = before?.seed ?? options.seed ?? 23;
  const source = new VidTokDataset(settings.train);
  const validation = settings.validation && new VidTokDataset(settings.validation);
  const problems = new Set<string>();
  const report = (): void => {
    for (const text of [...source.problems, ...(validation?.problems ?? [])]) {
      if (!problems.has(text)) tell({ kind: "notice", text });
      problems.add(text);
    }
  };
  report();

  await useBackend(options.backend ?? backendInUse() ?? "auto");
  const start = textAt(config, "model.params.ckpt_path");
  const holders = [from, start].filter((path) => path !== undefined);
  const perceptual = settings.loss.perceptualWeight > 0 ? await perceptualNet(holders) : undefined;
  const chosen = await chooseCheckpointing(config, settings);
  const weights = await createWeights(chosen.config, settings, {
    seed,
    ...(perceptual ? { perceptual } : {}),
  });
  if (from === undefined && start !== undefined) await startFrom(weights, start, config, tell);
  const learner = createLearner(weights, settings);
  const folder = found?.folder ?? createRun(options.logdir, options.name ?? now());
  const noise = learner.model.random.state;
  const state: TrainState =
    from === undefined
      ? { seed, step: 0, epoch: 0, batch: 0, noise }
      : await readCheckpoint(from, learner);
  if (!found || kind === "train") replaceFile(folder.config, stringify(config));

  const checkpoints = await Checkpoints.open(folder, settings.checkpoints);
  const log = await openLog(folder, state.step, options, kind);
  const steps = kind === "train" ? stepsOf(settings, source.length, options.maxSteps) : state.step;
  const session: Session = {
    ...{ settings, learner, source, validation, dir: folder.dir, checkpoints, log, steps, signal },
    monitored: before?.monitored ?? null,
    tell,
  };
  const { backend } = learner.loss.logvar.value;
  const ran = { backend: backend.name, mode: backend.mode };
  tell({
    kind: "start",
    dir: folder.dir,
    step: state.step,
    steps,
    parameters: parametersOf(learner),
    trainClips: source.length,
    validationClips: validation?.length ?? 0,
    memory: chosen.text,
    ...ran,
  });
  return { session, state, ran, report };
}

async function end(
  { session, ran, report }: Begun,
  work: () => Promise<Stopped>,
): Promise<ValidateResult> {
  const { dir, steps, signal } = session;
  try {
    const { state, scalars } = await work();
    return {
      ...{ dir, step: state.step, epoch: state.epoch },
      isInterrupted: state.step < steps || (signal?.aborted === true && scalars.size === 0),
      scalars: Object.fromEntries(scalars),
      ...ran,
    };
  } finally {
    report();
    await session.log.close();
  }
}

function backendInUse(): Backend | undefined {
  try {
    return currentBackend();
  } catch {
    return undefined;
  }
}

async function openLog(
  { dir, metrics, tensorboard, validations }: RunFolder,
  step: number,
  { config, logger }: TrainOptions,
  kind: "train" | "validate",
): Promise<RunLogger> {
  // A run that a service has begun is only ended by its logger, so what can fail here goes first.
  // A validation of an old checkpoint leaves the log of the training after it alone.
  const own =
    kind === "train"
      ? [jsonlLogger(metrics, step), tensorBoardLogger(tensorboard, step)]
      : [jsonlLogger(validations, Infinity)];
  const other = await logger?.({ dir, name: basename(dir), config, step });
  return severalLoggers(other ? [...own, other] : own);
}

function parametersOf({ generator, discriminator }: Learner): number {
  const trained = [...generator.parameters.values(), ...(discriminator?.parameters.values() ?? [])];
  return trained.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

function stepsOf(settings: TrainSettings, clips: number, maxSteps = Infinity): number {
  const batches = Math.ceil(clips / settings.batchSize);
  const perEpoch = Math.ceil(batches / settings.accumulate);
  return Math.min(maxSteps, settings.maxSteps, settings.maxEpochs * perEpoch);
}

async function startFrom(
  weights: Weights,
  path: string,
  config: ConfigNode,
  tell: (event: TrainEvent) => void,
): Promise<void> {
  const ignored = textsAt(config, "model.params.ignore_keys");
  const { missing } = await loadPretrained(weights, path, ignored);
  if (missing.length === 0) return;
  const names = missing.slice(0, 3).join(", ") + (missing.length > 3 ? ", …" : "");
  tell({
    kind: "notice",
    text: `${missing.length} weights are not in ${path} and start random: ${names}`,
  });
}

// The reference's form, which sorts by time and is a legal file name everywhere: 2026-11-22T20-30-05.
function now(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(":", "-");
}
