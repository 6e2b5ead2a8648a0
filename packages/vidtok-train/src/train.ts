import { VidTokDataset } from "@vidtok/data";
import type { ConfigNode } from "@vidtok/model";
import { sizeOf } from "@vidtok/tensor";
import type { Backend, BackendName } from "@vidtok/tensor";
import { stringify } from "yaml";
import { textAt, textsAt } from "./config/lookup.ts";
import { trainSettings } from "./config/trainSettings.ts";
import type { TrainSettings } from "./config/trainSettings.ts";
import { createLearner, loadPretrained } from "./loop/learner.ts";
import type { Learner } from "./loop/learner.ts";
import { runSteps } from "./loop/runSteps.ts";
import type { TrainState } from "./loop/trainState.ts";
import { readCheckpoint, readSeed } from "./run/checkpoint.ts";
import { MetricsLog } from "./run/metricsLog.ts";
import { replaceFile } from "./run/replaceFile.ts";
import { checkpointPath, createRun, findRun } from "./run/runFolder.ts";
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
  /** Of the first weights, the noise and the order of the data; default 23. */
  readonly seed?: number;
  /** Batches after which training ends, if the config does not end it sooner. */
  readonly maxSteps?: number;
  /** Where to run; default: the backend in use, else `auto`. */
  readonly backend?: BackendName | Backend;
  /** Ends training after the step it is in, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: TrainEvent) => void;
}

/** How a training run ended. */
export interface TrainResult {
  /** The run's folder. */
  readonly dir: string;
  /** The last checkpoint. */
  readonly checkpoint: string;
  /** Batches trained, with those before a resume. */
  readonly step: number;
  readonly epoch: number;
  /** Whether the signal ended it. */
  readonly isInterrupted: boolean;
  /** Scalars of the last step and of the last validation, by name. */
  readonly scalars: Readonly<Record<string, number>>;
  readonly validation: Readonly<Record<string, number>>;
  readonly backend: string;
  readonly mode: string;
}

/**
 * Trains a tokenizer.
 *
 * @example
 * const config = loadConfig("config.yaml", ["data.params.train.params.data_dir=videos"]);
 * const { checkpoint } = await train({ config, logdir: "runs", maxSteps: 1000 });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { config, signal } = options;
  const tell = options.onProgress ?? (() => undefined);
  const settings = trainSettings(config);
  const found = options.resume === undefined ? undefined : findRun(options.resume);
  const seed = found ? await readSeed(found.checkpoint) : (options.seed ?? 23);
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

  const learner = await createLearner(config, settings, seed, options.backend);
  if (!found) await startFrom(learner, config, tell);
  const folder = found?.folder ?? createRun(options.logdir, options.name ?? now());
  const noise = learner.model.random.state;
  const start: TrainState = found
    ? await readCheckpoint(found.checkpoint, learner)
    : { seed, step: 0, epoch: 0, batch: 0, noise };
  replaceFile(folder.config, stringify(config));
  const log = new MetricsLog(folder.metrics, start.step);

  const { backend } = learner.loss.logvar.value;
  const steps = stepsOf(settings, source.length, options.maxSteps);
  const elements = [...learner.parameters.values()].map(({ shape }) => sizeOf(shape));
  tell({
    kind: "start",
    dir: folder.dir,
    step: start.step,
    steps,
    parameters: elements.reduce((sum, size) => sum + size, 0),
    trainClips: source.length,
    validationClips: validation?.length ?? 0,
    backend: backend.name,
    mode: backend.mode,
  });
  const session = { settings, learner, source, validation, folder, log, steps, signal, tell };
  const stopped = await runSteps(session, start).finally(report);
  return {
    dir: folder.dir,
    checkpoint: checkpointPath(folder, "last"),
    step: stopped.state.step,
    epoch: stopped.state.epoch,
    isInterrupted: stopped.state.step < steps,
    scalars: Object.fromEntries(stopped.scalars),
    validation: Object.fromEntries(stopped.validation),
    backend: backend.name,
    mode: backend.mode,
  };
}

function stepsOf(settings: TrainSettings, clips: number, maxSteps = Infinity): number {
  const perEpoch = Math.ceil(clips / settings.batchSize);
  return Math.min(maxSteps, settings.maxSteps, settings.maxEpochs * perEpoch);
}

async function startFrom(
  learner: Learner,
  config: ConfigNode,
  tell: (event: TrainEvent) => void,
): Promise<void> {
  const path = textAt(config, "model.params.ckpt_path");
  if (path === undefined) return;
  const { missing } = await loadPretrained(
    learner,
    path,
    textsAt(config, "model.params.ignore_keys"),
  );
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
