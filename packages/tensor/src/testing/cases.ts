// One table of all ops: gradient checks run it in float64, every backend runs it against the reference, PyTorch's numbers are named after it.
import * as op from "../index.ts";
import type { Shape, Tensor } from "../index.ts";

/** One op on some shapes, with inputs drawn from [low, high). */
export interface OpCase {
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly shapes: readonly Shape[];
  readonly low?: number;
  readonly high?: number;
  /** For ops whose gradient is not that of their value: no gradient check. */
  readonly isStraightThrough?: boolean;
}

const unary = (f: (x: Tensor) => Tensor, low = -3, high = 3): OpCase => ({
  f,
  shapes: [[3, 5, 2]],
  low,
  high,
});
const pair = (f: (a: Tensor, b: Tensor) => Tensor, low = -2, high = 2): OpCase => ({
  f: (a, b) => f(a!, b!),
  shapes: [
    [2, 3, 4],
    [3, 1],
  ],
  low,
  high,
});
const clip: Shape = [2, 4, 3, 5, 6];
const image: Shape = [2, 3, 6, 7];

/** Every op on random, unequal shapes. */
export const opCases: Readonly<Record<string, OpCase>> = {
  add: pair(op.add),
  sub: pair(op.sub),
  mul: pair(op.mul),
  div: pair(op.div, 0.5, 2),
  maximum: pair(op.maximum),
  minimum: pair(op.minimum),
  where: pair((a, b) => op.where(op.less(a, 0), a, op.mul(b, b))),
  "number on the left": unary((x) => op.sub(1, op.div(2, op.add(x, 4)))),
  neg: unary(op.neg),
  abs: unary(op.abs),
  exp: unary(op.exp),
  log: unary(op.log, 0.1, 5),
  sqrt: unary(op.sqrt, 0.1, 5),
  square: unary(op.square),
  tanh: unary(op.tanh),
  sigmoid: unary(op.sigmoid),
  silu: unary(op.silu),
  relu: unary(op.relu),
  leakyRelu: unary((x) => op.leakyRelu(x, 0.2)),
  softplus: unary(op.softplus),
  clamp: unary((x) => op.clamp(x, -1, 1.5)),
  floor: { ...unary(op.floor), isStraightThrough: true },
  round: { ...unary(op.round), isStraightThrough: true },
  "formula of three": {
    f: op.elementwise((a, b, c) =>
      op.E.add(op.E.mul(a!, op.E.exp(b!)), op.E.tanh(op.E.mul(c!, a!))),
    ),
    shapes: [[3, 1, 4], [2, 1], [4]],
  },
  sum: unary((x) => op.sum(x)),
  "sum over the first axis": unary((x) => op.sum(x, 0)),
  "sum over two axes, kept": unary((x) => op.sum(x, [0, 2], { keepDims: true })),
  "sum of a long row": { f: (x) => op.sum(x, -1), shapes: [[2, 3001]] },
  sumOf: pair((a, b) => op.sumOf((x, y) => op.E.mul(op.E.mul(x!, y!), x!))(a, b)),
  "sumOf over an axis": pair((a, b) =>
    op.sumOf((x, y) => op.E.where(op.E.less(x!, y!), y!, op.E.mul(x!, y!)), -1)(a, b),
  ),
  "sumOf over an axis, kept": pair((a, b) =>
    op.sumOf((x, y) => op.E.mul(op.E.mul(x!, x!), y!), 0, { keepDims: true })(a, b),
  ),
  mean: unary((x) => op.mean(x, [-1, 1])),
  max: unary((x) => op.max(x, 1)),
  "max over all": unary((x) => op.max(x)),
  min: unary((x) => op.min(x, [0, 2], { keepDims: true })),
  softmax: unary((x) => op.softmax(x, 1)),
  "softmax of the last axis": unary((x) => op.softmax(x)),
  matmul: {
    f: op.matmul,
    shapes: [
      [3, 5],
      [5, 4],
    ],
  },
  "matmul batched": {
    f: op.matmul,
    shapes: [
      [2, 1, 3, 5],
      [3, 5, 2],
    ],
  },
  "matmul transposed": {
    f: (a, b) => op.matmul(op.transpose(a), op.transpose(b)),
    shapes: [
      [2, 7, 3],
      [2, 5, 7],
    ],
  },
  "matmul larger": {
    f: op.matmul,
    shapes: [
      [37, 70],
      [70, 45],
    ],
  },
  "conv 1d": {
    f: (x, w) => op.conv(x, w, { padding: 1 }),
    shapes: [
      [2, 3, 7],
      [4, 3, 3],
    ],
  },
  "conv 2d": {
    f: (x, w, b) => op.conv(x, w, { bias: b!, padding: 1 }),
    shapes: [image, [4, 3, 3, 3], [4]],
  },
  "conv 2d strided, padded right and below": {
    f: (x, w) =>
      op.conv(x, w, {
        stride: 2,
        padding: [
          [0, 1],
          [0, 1],
        ],
      }),
    shapes: [image, [4, 3, 3, 3]],
  },
  "conv 2d, kernel 4, stride 2": {
    f: (x, w) => op.conv(x, w, { stride: 2, padding: 1 }),
    shapes: [
      [1, 3, 9, 8],
      [5, 3, 4, 4],
    ],
  },
  "conv 3d": {
    f: (x, w, b) => op.conv(x, w, { bias: b!, padding: [[2, 0], 1, 1] }),
    shapes: [clip, [3, 4, 3, 3, 3], [3]],
  },
  "conv 3d dilated": {
    f: (x, w) => op.conv(x, w, { dilation: [1, 2, 1], padding: [1, 2, 0], stride: [2, 1, 2] }),
    shapes: [
      [1, 2, 4, 6, 5],
      [3, 2, 2, 3, 2],
    ],
  },
  "conv over frames": {
    f: (x, w) => op.conv(x, w, { padding: [0, 1, 1] }),
    shapes: [clip, [5, 4, 1, 3, 3]],
  },
  "conv over time": {
    f: (x, w) => op.conv(x, w, { padding: [[2, 0], 0, 0] }),
    shapes: [clip, [5, 4, 3, 1, 1]],
  },
  "conv strided in time": {
    f: (x, w) => op.conv(x, w, { stride: [2, 1, 1], padding: [[1, 0], 1, 1] }),
    shapes: [
      [1, 4, 6, 3, 4],
      [4, 4, 3, 3, 3],
    ],
  },
  "conv 3d with frames before": {
    f: (x, w, b, before) => op.conv(x, w, { bias: b!, before, padding: [0, 1, 1] }),
    shapes: [clip, [3, 4, 3, 3, 3], [3], [2, 4, 2, 5, 6]],
  },
  "conv strided in time with a frame before": {
    f: (x, w, before) => op.conv(x, w, { before, stride: [2, 1, 1], padding: [[1, 0], 1, 1] }),
    shapes: [
      [1, 4, 4, 3, 4],
      [4, 4, 3, 3, 3],
      [1, 4, 1, 3, 4],
    ],
  },
  "conv upsampled in time": {
    f: (x, w, b) => op.conv(x, w, { bias: b!, upsample: [2], padding: [[2, 0], 1, 1] }),
    shapes: [clip, [3, 4, 3, 3, 3], [3]],
  },
  "conv upsampled in space": {
    f: (x, w) => op.conv(x, w, { upsample: [3, 4], padding: [0, 1, 1] }),
    shapes: [clip, [5, 4, 1, 3, 3]],
  },
  "conv upsampled, with frames before, mixed with them": {
    f: (x, w, b, before, mix) =>
      op.conv(x, w, {
        bias: b!,
        before,
        upsample: [2],
        padding: [0, 1, 1],
        residual: x,
        mix: op.sigmoid(mix!),
      }),
    shapes: [clip, [4, 4, 3, 3, 3], [4], [2, 4, 1, 5, 6], [1]],
  },
  "conv with a residual": {
    f: (x, w, residual) => op.conv(x, w, { padding: [0, 1, 1], residual }),
    shapes: [clip, [5, 4, 1, 3, 3], [2, 5, 3, 5, 6]],
  },
  "conv strided in time, mixed": {
    f: (x, w, residual, mix) =>
      op.conv(x, w, {
        stride: [2, 1, 1],
        padding: [[1, 0], 1, 1],
        residual,
        mix: op.sigmoid(mix!),
      }),
    shapes: [[1, 4, 6, 3, 4], [4, 4, 3, 3, 3], [1, 4, 3, 3, 4], [1]],
  },
  "conv 1x1x1": { f: (x, w) => op.conv(x, w), shapes: [clip, [6, 4, 1, 1, 1]] },
  "conv with many channels": {
    f: (x, w, b) => op.conv(x, w, { bias: b!, padding: [0, 1, 1] }),
    shapes: [[1, 33, 2, 5, 19], [35, 33, 1, 3, 3], [35]],
  },
  "conv of a conv": {
    f: (x, w, v) => op.conv(op.silu(op.conv(x, w, { padding: 1 })), v!, { padding: [0, 1, 1] }),
    shapes: [
      [1, 2, 3, 4, 5],
      [3, 2, 3, 3, 3],
      [2, 3, 1, 3, 3],
    ],
  },
  "pad zero": { f: (x) => op.pad(op.pad(x, 1, 1, 2), 0, 0, 1), shapes: [[2, 3, 4]] },
  "pad replicate": { f: (x) => op.pad(x, 1, 2, 1, "replicate"), shapes: [[2, 3, 4]] },
  "pad reflect": { f: (x) => op.pad(x, -1, 3, 2, "reflect"), shapes: [[2, 3, 4]] },
  concat: {
    f: (a, b, c) => op.concat([a, b, c!], 1),
    shapes: [
      [2, 1, 3],
      [2, 4, 3],
      [2, 2, 3],
    ],
  },
  "concat of many": {
    f: (x) =>
      op.concat(
        Array.from({ length: 19 }, (_, i) => op.mul(x, i)),
        0,
      ),
    shapes: [[1, 3]],
  },
  stack: {
    f: (a, b) => op.stack([a, b], 1),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  slice: { f: (x) => op.slice(op.slice(x, 0, 1), -1, 1, -1), shapes: [[3, 2, 5]] },
  permute: { f: (x) => op.mul(op.permute(x, [2, 0, 1]), 2), shapes: [[3, 2, 5]] },
  reshape: { f: (x) => op.reshape(op.transpose(x), [3, -1]), shapes: [[2, 3, 4]] },
  "reshape of a padded flip": {
    f: (x) => op.reshape(op.pad(op.flip(x, 0), 1, 1, 0), [-1]),
    shapes: [[3, 4]],
  },
  flip: { f: (x) => op.mul(op.flip(op.flip(x, 0), 2), op.sum(x)), shapes: [[3, 2, 4]] },
  every: { f: (x) => op.every(op.every(x, 1, 2), 0, 3), shapes: [[7, 5]] },
  spread: { f: (x) => op.spread(x, 1, 3, 8), shapes: [[2, 3]] },
  expand: { f: (x) => op.exp(op.expand(x, [4, 3, 2])), shapes: [[3, 1]] },
  "nearest x2 in time": { f: (x) => op.upsampleNearest(x, [2]), shapes: [clip] },
  "nearest x2 in space": { f: (x) => op.upsampleNearest(x, [3, 4]), shapes: [clip] },
  "linear x2 in time": { f: (x) => op.upsampleLinear(x, 2), shapes: [clip] },
  "average pool in time": {
    f: (x) => op.avgPool(x, { kernel: [2, 1, 1], stride: [1, 1, 1] }),
    shapes: [clip],
  },
  "average pool": { f: (x) => op.avgPool(x, { kernel: 2 }), shapes: [image] },
  "max pool": { f: (x) => op.maxPool(x, { kernel: 2 }), shapes: [image] },
  "max pool, overlapping": { f: (x) => op.maxPool(x, { kernel: 3, stride: 2 }), shapes: [image] },
  layerNorm: { f: (x, w, b) => op.layerNorm(x, w, b!, { eps: 1e-6 }), shapes: [clip, [4], [4]] },
  "layerNorm and silu": {
    f: (x, w, b) => op.layerNorm(x, w, b!, { eps: 1e-6, activation: "silu" }),
    shapes: [clip, [4], [4]],
  },
  "layerNorm and silu, channels last": {
    f: (x, w, b) => {
      const channelsLast = op.permute(x, [0, 4, 1, 2, 3]);
      return op.layerNorm(channelsLast, w, b!, { eps: 1e-6, activation: "silu" });
    },
    shapes: [[2, 3, 1, 4, 27], [27], [27]],
  },
  "layerNorm of many channels": {
    f: (x, w, b) => op.layerNorm(op.permute(x, [0, 2, 1]), w, b!),
    shapes: [[1, 3, 1030], [1030], [1030]],
  },
  "layerNorm of padded channels last": {
    f: (x, w, b) => op.layerNorm(op.pad(op.permute(x, [0, 2, 1]), 2, 1, 2), w, b!, { eps: 0.1 }),
    shapes: [[2, 3, 9], [9], [9]],
  },
  "groupNorm and silu": {
    f: (x, w, b) => op.groupNorm(x, 2, w, b!, { eps: 1e-6, activation: "silu" }),
    shapes: [clip, [4], [4]],
  },
  groupNorm: { f: (x, w, b) => op.groupNorm(x, 2, w, b!, { eps: 1e-6 }), shapes: [clip, [4], [4]] },
  batchNorm: { f: (x, w, b) => op.batchNorm(x, w, b!), shapes: [image, [3], [3]] },
  "batchNorm with running statistics": {
    f: (x, w, b, m, v) =>
      op.batchNorm(x, w, b!, { running: { mean: m!, variance: op.add(op.square(v!), 0.5) } }),
    shapes: [image, [3], [3], [3], [3]],
  },
  attention: {
    f: (q, k, v) => op.attention(q, k, v!),
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
      [2, 5, 6],
    ],
  },
  "resize smaller": { f: (x) => op.resizeBilinear(x, 4, 5), shapes: [image] },
  "resize larger": { f: (x) => op.resizeBilinear(x, 9, 11), shapes: [image] },
  "gradients given by hand": pair((a, b) =>
    op.withGradients(
      op.noGrad(() => op.mul(op.square(a), b)),
      [a, b],
      [
        (dy) => op.mul(op.mul(dy, 2), op.mul(a, b)),
        (dy) => op.sumTo(op.mul(dy, op.square(a)), b.shape),
      ],
    ),
  ),
  checkpoint: {
    f: (x, w) => op.checkpoint((v) => op.mul(op.silu(op.mul(v, w)), v), op.mul(x, 2)),
    shapes: [[2, 3], [3]],
  },
};
