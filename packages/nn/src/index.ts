export { CheckpointError } from "./checkpoint/checkpointError.ts";
export type { Scalar } from "./checkpoint/contents.ts";
export type { StoredDtype } from "./checkpoint/dtype.ts";
export { matchState, type MatchOptions, type StateMatch } from "./checkpoint/matchState.ts";
export {
  openCheckpoint,
  stateEntries,
  type Checkpoint,
  type CheckpointFormat,
} from "./checkpoint/openCheckpoint.ts";
export type { StoredTensor } from "./checkpoint/storedTensor.ts";
export { writeSafetensors, type TensorToWrite } from "./checkpoint/writeSafetensors.ts";
