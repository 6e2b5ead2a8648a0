export { findRun } from "./run/runFolder.ts";
export type { FoundRun, RunFolder } from "./run/runFolder.ts";
export { train } from "./train.ts";
export type { TrainOptions, TrainResult } from "./train.ts";
export { TrainError } from "./trainError.ts";
export type { TrainEvent } from "./trainEvent.ts";
