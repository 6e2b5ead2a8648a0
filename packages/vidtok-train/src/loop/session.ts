import type { ClipSource } from "@vidtok/data";
import type { TrainSettings } from "../config/trainSettings.ts";
import type { RunLogger } from "../loggers/runLogger.ts";
import type { Checkpoints } from "../run/checkpoints.ts";
import type { TrainEvent } from "../trainEvent.ts";
import type { Learner } from "./learner.ts";

/** What a run works with and never replaces; where it stands is its `TrainState`. */
export interface Session {
  readonly settings: TrainSettings;
  readonly learner: Learner;
  readonly source: ClipSource;
  readonly validation: ClipSource | null;
  /** The run's folder. */
  readonly dir: string;
  readonly checkpoints: Checkpoints;
  /** The monitored scalar as the checkpoint has it that training goes on from; null if there is none. */
  readonly monitored: number | null;
  readonly log: RunLogger;
  /** Steps after which training ends. */
  readonly steps: number;
  readonly signal: AbortSignal | undefined;
  readonly tell: (event: TrainEvent) => void;
}
