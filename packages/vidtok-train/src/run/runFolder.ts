import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { TrainError } from "../trainError.ts";

/** The folder that holds everything a training run writes. */
export interface RunFolder {
  readonly dir: string;
  readonly checkpoints: string;
  /** The config as it was resolved. */
  readonly config: string;
  /** One line of JSON for each step and each validation. */
  readonly metrics: string;
  /** One line of JSON for each validation without training. */
  readonly validations: string;
  /** Folder of TensorBoard's event files. */
  readonly tensorboard: string;
}

/** A run to go on with. */
export interface FoundRun {
  readonly folder: RunFolder;
  /** The checkpoint to start from. */
  readonly checkpoint: string;
}

/** Where things lie in a run's folder. */
export function runFolder(dir: string): RunFolder {
  return {
    dir,
    checkpoints: join(dir, "checkpoints"),
    config: join(dir, "configs", "project.yaml"),
    metrics: join(dir, "metrics.jsonl"),
    validations: join(dir, "validations.jsonl"),
    tensorboard: join(dir, "tensorboard", basename(dir)),
  };
}

/** Makes the folder of a new run; one that already holds a run is an error. */
export function createRun(logdir: string, name: string): RunFolder {
  const folder = runFolder(join(logdir, name));
  if (checkpointFiles(folder).length > 0) {
    throw new TrainError(
      `train: ${folder.dir} already holds a run; go on with --resume ${folder.dir}, or choose another name`,
    );
  }
  mkdirSync(folder.checkpoints, { recursive: true });
  mkdirSync(dirname(folder.config), { recursive: true });
  return folder;
}

/** The run of a checkpoint file, or the newest checkpoint of a run's folder. */
export function findRun(path: string): FoundRun {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new TrainError(`resume: ${path} does not exist`);
  if (found.isFile()) {
    return { folder: runFolder(dirname(dirname(resolve(path)))), checkpoint: path };
  }
  const folder = runFolder(path);
  const newest = checkpointFiles(folder).at(-1);
  if (newest === undefined) {
    throw new TrainError(`resume: ${folder.checkpoints} holds no checkpoint (*.safetensors)`);
  }
  return { folder, checkpoint: newest };
}

/** The last of the folders of `logdir` in the order of their names that is one of ours and holds a checkpoint. */
export function lastRun(logdir: string, isOurs: (name: string) => boolean): string | undefined {
  if (!existsSync(logdir)) return undefined;
  return readdirSync(logdir)
    .filter(isOurs)
    .sort()
    .map((name) => join(logdir, name))
    .findLast((dir) => checkpointFiles(runFolder(dir)).length > 0);
}

// Oldest first. A run may have been ended between a checkpoint and its `last`, so time decides.
function checkpointFiles({ checkpoints }: RunFolder): readonly string[] {
  if (!existsSync(checkpoints)) return [];
  return readdirSync(checkpoints)
    .filter((name) => name.endsWith(".safetensors"))
    .map((name) => join(checkpoints, name))
    .map((path) => ({ path, time: statSync(path).mtimeMs }))
    .sort((a, b) => a.time - b.time)
    .map(({ path }) => path);
}
