import type { ConfigNode } from "@vidtok/model";
import type { Backend, BackendName } from "@vidtok/tensor";
import type { RunLogger } from "./loggers/runLogger.ts";
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
  /** Whether weights missing in `model.params.ckpt_path` may stay random; default false. */
  readonly allowMissing?: boolean;
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
