import type { ClipSource } from "@vidtok/data";
import type { TrainSettings } from "../config/trainSettings.ts";
import type { MetricsLog } from "../run/metricsLog.ts";
import type { RunFolder } from "../run/runFolder.ts";
import type { TrainEvent } from "../trainEvent.ts";
import type { Learner } from "./learner.ts";

/** What a run works with and never replaces; where it stands is its `TrainState`. */
export interface Session {
  readonly settings: TrainSettings;
  readonly learner: Learner;
  readonly source: ClipSource;
  readonly validation: ClipSource | null;
  readonly folder: RunFolder;
  readonly log: MetricsLog;
  /** Batches after which training ends. */
  readonly steps: number;
  readonly signal: AbortSignal | undefined;
  readonly tell: (event: TrainEvent) => void;
}
