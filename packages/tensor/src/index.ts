export {
  UnavailableError,
  type Activation,
  type Backend,
  type BackendOptions,
  type ConvAxis,
  type ConvExtras,
  type ConvGeometry,
  type LayerNormOptions,
  type MemoryUse,
  type NormSettings,
  type Precision,
  type ConvFormat,
  type ProductFormat,
  type Source,
  type Storage,
} from "./backend.ts";
export { memory, resetPeak } from "./block.ts";
export { sizingBackend, type SizingBackend } from "./backends/sizing.ts";
export { bytecode, opcodes, type Bytecode } from "./bytecode.ts";
export { checkpoint } from "./checkpoint.ts";
export { checkFinite, checkWhole } from "./checks.ts";
export { currentBackend } from "./currentBackend.ts";
export { E, input, type Expr, type Operand, type ScalarOp } from "./expr.ts";
export { grad, type GradOptions } from "./grad.ts";
export { attention } from "./ops/attention.ts";
export { concat, stack } from "./ops/concat.ts";
export { contiguous } from "./ops/copy.ts";
export { conv, type ConvOptions } from "./ops/conv.ts";
export { convGeometry, type ConvSteps, type Padding } from "./ops/convGeometry.ts";
export { full, onesLike, zerosLike } from "./ops/create.ts";
export {
  abs,
  add,
  clamp,
  div,
  elementwise,
  elementwiseAll,
  exp,
  floor,
  leakyRelu,
  less,
  log,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  round,
  sigmoid,
  silu,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
  where,
  type Value,
} from "./ops/elementwise.ts";
export { expand, sumTo } from "./ops/formula.ts";
export { matmul } from "./ops/matmul.ts";
export { max, min } from "./ops/max.ts";
export {
  every,
  flip,
  permute,
  reshape,
  slice,
  spread,
  squeeze,
  transpose,
  unsqueeze,
  window,
} from "./ops/movement.ts";
export {
  batchNorm,
  groupNorm,
  layerNorm,
  type BatchNormOptions,
  type NormOptions,
} from "./ops/norm.ts";
export { moments, type Moments } from "./ops/normalize.ts";
export { pad, type PadMode } from "./ops/pad.ts";
export { avgPool, maxPool, type PoolOptions } from "./ops/pool.ts";
export { resizeBilinear, resizeWeights } from "./ops/resize.ts";
export { softmax } from "./ops/softmax.ts";
export { mean, sum, sumOf, type ReduceOptions } from "./ops/sum.ts";
export { upsampleLinear, upsampleNearest } from "./ops/upsample.ts";
export { precision, withPrecision } from "./precision.ts";
export { Random, type RandomState } from "./random.ts";
export { isRecording, noGrad, observed } from "./recording.ts";
export { chain, forwardScope, keep, scope } from "./scope.ts";
export { checkShape, ShapeError, show, sizeOf, type Shape } from "./shape.ts";
export {
  detach,
  share,
  tensor,
  Tensor,
  withGradients,
  type Pullback,
  type TensorOptions,
} from "./tensor.ts";
export { registerBackend, type OpenBackend } from "./registeredBackends.ts";
export { useBackend, type BackendName, type UseBackendOptions } from "./useBackend.ts";
export { shapeOf, type Axis, type View } from "./view.ts";
