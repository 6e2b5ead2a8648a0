export { wandbLogger } from "./loggers/wandbLogger.ts";
export type { WandbOptions } from "./loggers/wandbLogger.ts";
export type { RunLogger } from "./loggers/runLogger.ts";
export { findRun } from "./run/runFolder.ts";
export type { FoundRun, RunFolder } from "./run/runFolder.ts";
export { train } from "./train.ts";
export type { LoggedRun, TrainOptions, TrainResult } from "./train.ts";
export { TrainError } from "./trainError.ts";
export type { TrainEvent } from "./trainEvent.ts";
