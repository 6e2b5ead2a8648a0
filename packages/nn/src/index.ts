export { CheckpointError } from "./checkpoint/checkpointError.ts";
export type { Scalar } from "./checkpoint/contents.ts";
export type { StoredDtype } from "./checkpoint/dtype.ts";
export { listNames } from "./checkpoint/listNames.ts";
export {
  describeLoad,
  describeNaming,
  isRenamed,
  loadReport,
  type LoadReport,
} from "./checkpoint/loadReport.ts";
export type { Naming } from "./checkpoint/mapNames.ts";
export { matchState, type MatchOptions, type StateMatch } from "./checkpoint/matchState.ts";
export {
  openCheckpoint,
  stateEntries,
  type Checkpoint,
  type CheckpointFormat,
} from "./checkpoint/openCheckpoint.ts";
export type { StoredTensor } from "./checkpoint/storedTensor.ts";
export type { TensorToWrite } from "./checkpoint/tensorToWrite.ts";
export { writeSafetensors } from "./checkpoint/writeSafetensors.ts";
export { writeTorchZip } from "./checkpoint/writeTorchZip.ts";
export { disposeWeights } from "./disposeWeights.ts";
export { constant, normal, ones, uniformFanIn, zeros, type Initialiser } from "./initialisers.ts";
export { BatchNorm, type BatchNormLayerOptions } from "./layers/batchNorm.ts";
export { Conv, type ConvLayerOptions, type ConvSurroundings } from "./layers/conv.ts";
export { GroupNorm, type GroupNormOptions } from "./layers/groupNorm.ts";
export { LayerNorm, type NormOptions } from "./layers/layerNorm.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { Adam, type AdamOptions, type AdamState, type StepOptions } from "./optimizers/adam.ts";
export { clipGradNorm, type ClippedNorm } from "./optimizers/clipGradNorm.ts";
export { Ema, type EmaState } from "./optimizers/ema.ts";
export {
  constantSchedule,
  warmupCosine,
  type Schedule,
  type WarmupCosineOptions,
} from "./optimizers/schedule.ts";
export { Parameter, type ParameterKind } from "./parameter.ts";
export { PatternError } from "./pattern/patternError.ts";
export { Patterns } from "./pattern/patterns.ts";
export { loadStateDict, stateDict, type LoadOptions, type TensorSource } from "./stateDict.ts";
export { buffers, initialize, parameters } from "./walk.ts";
