export { wandbLogger } from "./loggers/wandbLogger.ts";
export type { WandbOptions } from "./loggers/wandbLogger.ts";
export type { RunLogger } from "./loggers/runLogger.ts";
export { findRun, lastRun } from "./run/runFolder.ts";
export type { FoundRun, RunFolder } from "./run/runFolder.ts";
export { train, validate } from "./train.ts";
export type { LoggedRun, TrainOptions, TrainResult, ValidateResult } from "./train.ts";
export { TrainError } from "./trainError.ts";
export type { TrainEvent } from "./trainEvent.ts";
