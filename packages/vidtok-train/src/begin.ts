import { existsSync } from "node:fs";
import "@vidtok/backend-native";
import { VidTokDataset } from "@vidtok/data";
import { FileError, removeAllLeftovers, replaceFile } from "@vidtok/files";
import { weightCounts } from "@vidtok/model";
import type { ConfigNode, WeightCounts } from "@vidtok/model";
import { describeLoad, isRenamed, listNames } from "@vidtok/nn";
import type { LoadReport } from "@vidtok/nn";
import { currentBackend, sizeOf, useBackend } from "@vidtok/tensor";
import type { Backend } from "@vidtok/tensor";
import { stringify } from "yaml";
import { textAt, textsAt } from "./config/lookup.ts";
import { trainSettings } from "./config/trainSettings.ts";
import type { TrainSettings } from "./config/trainSettings.ts";
import { openLog } from "./loggers/openLog.ts";
import { createLearner, createWeights, disposeOptimizers, disposeTrained } from "./loop/learner.ts";
import type { Learner, Weights } from "./loop/learner.ts";
import { perceptualNet } from "./loop/perceptualNet.ts";
import { loadPretrained } from "./loop/pretrained.ts";
import type { Session } from "./loop/session.ts";
import type { TrainState } from "./loop/trainState.ts";
import { chooseCheckpointing } from "./memory/chooseCheckpointing.ts";
import { readBookkeeping, readCheckpoint } from "./run/checkpoint.ts";
import { Checkpoints } from "./run/checkpoints.ts";
import { Disposables } from "./run/disposables.ts";
import { createRun, findRun } from "./run/runFolder.ts";
import { RunLock } from "./run/runLock.ts";
import { TrainError } from "./trainError.ts";
import type { TrainOptions } from "./trainOptions.ts";

/** A run that is ready to work. */
export interface Begun {
  readonly session: Session;
  readonly state: TrainState;
  readonly ran: { readonly backend: string; readonly mode: string; readonly weights: WeightCounts };
  /** Tells the problems with videos that were not told before. */
  readonly report: () => void;
  /** The run's weights, and its lock while it trains. */
  readonly held: Disposables;
}

/** Reads what a run needs and makes its folder; what cannot start is an error before anything is written. */
export async function begin(options: TrainOptions, kind: "train" | "validate"): Promise<Begun> {
  const held = new Disposables();
  try {
    return await prepare(options, kind, held);
  } catch (error) {
    held.dispose();
    throw error;
  }
}

async function prepare(
  options: TrainOptions,
  kind: "train" | "validate",
  held: Disposables,
): Promise<Begun> {
  const lock = held.add(new RunLock());
  const { config, signal } = options;
  const tell = options.onProgress ?? (() => undefined);
  const settings = trainSettings(config);
  if (kind === "validate" && settings.validation === null) {
    throw new TrainError("validate: there is nothing to validate on; add data.params.validation");
  }
  const found = options.resume === undefined ? undefined : findRun(options.resume);
  if (found && kind === "train") lock.take(found.folder.dir);
  const from = found?.checkpoint ?? options.from;
  const before = from === undefined ? undefined : await readBookkeeping(from);
  const seed = before?.seed ?? options.seed ?? 23;
  const source = new VidTokDataset(settings.train);
  const validation = settings.validation && new VidTokDataset(settings.validation);
  const problems = new Set<string>();
  const report = (): void => {
    for (const dataset of validation ? [source, validation] : [source]) {
      const news = dataset.problems.filter((text) => !problems.has(text));
      for (const text of news) tell({ kind: "notice", text });
      news.forEach((text) => problems.add(text));
      if (news.length > 0 && dataset.unusable > 0) {
        const text = `${dataset.unusable} of the ${dataset.length} videos could not be used`;
        tell({ kind: "notice", text });
      }
    }
  };
  report();
  try {
    if (kind === "train") await source.checkReadable(signal);
    await validation?.checkReadable(signal);
  } catch (error) {
    // An aborted run still leaves its first weights.
    if (!signal?.aborted) throw error;
  }

  await useBackend(options.backend ?? backendInUse() ?? "auto");
  const start = textAt(config, "model.params.ckpt_path");
  if (from === undefined && start !== undefined && !existsSync(start)) {
    throw new TrainError(`train: model.params.ckpt_path is ${start}, which does not exist`);
  }
  const holders = [from, start].filter((path) => path !== undefined);
  const perceptual = held.add(
    settings.loss.perceptualWeight > 0 ? await perceptualNet(holders) : undefined,
  );
  const chosen = await chooseCheckpointing(config, settings);
  const weights = await createWeights(chosen.config, settings, {
    seed,
    ...(perceptual ? { perceptual } : {}),
  });
  held.add({ [Symbol.dispose]: () => disposeTrained(weights) });
  const initial =
    from === undefined && start !== undefined
      ? await startFrom(weights, start, options)
      : weightCounts(weights.model);
  const learner = createLearner(weights, settings);
  held.add({ [Symbol.dispose]: () => disposeOptimizers(learner) });
  const folder = found?.folder ?? createRun(options.logdir, options.name ?? now());
  if (!found && kind === "train") lock.take(folder.dir);
  const noise = learner.model.random.state;
  const state: TrainState =
    from === undefined
      ? { seed, step: 0, epoch: 0, batch: 0, noise }
      : await readCheckpoint(from, learner);
  // The lock is held, so nobody else writes there.
  if (kind === "train") removeAllLeftovers(folder.dir);
  if (!found || kind === "train") await writeConfig(folder.config, config);

  const checkpoints = await Checkpoints.open(folder, settings.checkpoints);
  const log = await openLog(folder, state.step, options, kind);
  const steps = kind === "train" ? stepsOf(settings, source.length, options.maxSteps) : state.step;
  const session: Session = {
    ...{ settings, learner, source, validation, dir: folder.dir, checkpoints, log, steps, signal },
    monitored: before?.monitored ?? null,
    tell,
  };
  const { backend } = learner.loss.logvar.value;
  const { loaded, random } = initial;
  const ran = {
    ...{ backend: backend.name, mode: backend.mode },
    weights: from === undefined ? initial : { loaded: loaded + random, random: 0 },
  };
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
  return { session, state, ran, report, held };
}

async function writeConfig(path: string, config: ConfigNode): Promise<void> {
  try {
    await replaceFile(path, stringify(config));
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new TrainError(`train: ${cause.message}`, { cause });
  }
}

function backendInUse(): Backend | undefined {
  try {
    return currentBackend();
  } catch {
    return undefined;
  }
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
  { config, allowMissing = false, onProgress }: TrainOptions,
): Promise<WeightCounts> {
  const ignoreKeys = textsAt(config, "model.params.ignore_keys");
  const report = await loadPretrained(weights, path, { ignoreKeys, allowMissing });
  for (const text of noticesOf(report, path)) onProgress?.({ kind: "notice", text });
  return weightCounts(weights.model, report);
}

function noticesOf(report: LoadReport, path: string): readonly string[] {
  const { missing, ignored } = report;
  const left = (names: readonly string[]): string => `start random: ${listNames(names)}`;
  return [
    ...(isRenamed(report) ? [`${path}: ${describeLoad(report)}`] : []),
    ...(missing.length > 0
      ? [`${missing.length} weights are not in ${path} and ${left(missing)}`]
      : []),
    ...(ignored.length > 0
      ? [`${ignored.length} weights are left out by ignore_keys and ${left(ignored)}`]
      : []),
  ];
}

// The reference's form, which sorts by time and is a legal file name everywhere: 2026-11-22T20-30-05.
function now(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(":", "-");
}
