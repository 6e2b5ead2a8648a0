// Every public op with arguments that are drawn.
import * as op from "../../index.ts";
import type { Tensor } from "../../index.ts";
import type { Draw } from "./draw.ts";

type Call = (draw: Draw) => Tensor | readonly Tensor[];

const unary =
  (f: (x: Tensor) => Tensor): Call =>
  (draw) =>
    f(draw.tensor());

const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Call =>
  (draw) => {
    const a = draw.tensor();
    return f(a, draw.tensor(draw.like(a.shape, true)));
  };

const along =
  (f: (x: Tensor, axes: number | number[] | undefined, keepDims: boolean) => Tensor): Call =>
  (draw) => {
    const x = draw.tensor();
    const axes = draw.chance(0.3)
      ? undefined
      : draw.chance(0.7)
        ? draw.axis(x)
        : [draw.axis(x), draw.axis(x)];
    return f(x, axes, draw.chance(0.5));
  };

/** The numbers of channels and of spatial axes of `[n, c, …]`. */
const images = (draw: Draw, rank: number, channels: number): Tensor =>
  draw.tensor([
    draw.below(3),
    channels,
    ...Array.from({ length: rank }, () => draw.below(9) + (draw.chance(0.9) ? 1 : 0)),
  ]);

const conv: Call = (draw) => {
  const rank = 1 + draw.below(3);
  const channels = 1 + draw.below(10);
  const outputs = 1 + draw.below(10);
  const x = images(draw, rank, channels);
  const taps = Array.from({ length: rank }, () => 1 + draw.below(3));
  const w = draw.tensor(draw.like([outputs, channels, ...taps]));
  const steps = (low: number, high: number): number | number[] =>
    draw.chance(0.5) ? draw.whole(low, high) : taps.map(() => draw.whole(low, high));
  return op.conv(x, w, {
    stride: draw.chance(0.5) ? 1 : steps(1, 3),
    dilation: draw.chance(0.7) ? 1 : steps(1, 2),
    padding: draw.chance(0.3) ? 0 : steps(0, 2),
    ...(draw.chance(0.5) && { bias: draw.tensor(draw.like([outputs])) }),
    ...(draw.chance(0.2) && { upsample: [draw.whole(2, rank + 1)] }),
    ...(draw.chance(0.2) && {
      before: draw.tensor(draw.like(x.shape.with(2, 1 + draw.below(2)))),
    }),
    ...(draw.chance(0.1) && {
      residual: draw.tensor(draw.like(x.shape.with(1, outputs))),
      mix: draw.tensor([1]),
    }),
  });
};

const norm =
  (f: (x: Tensor, weight: Tensor, bias: Tensor, eps: number, draw: Draw) => Tensor): Call =>
  (draw) => {
    const channels = 1 + draw.below(20);
    const x = images(draw, draw.below(3), channels);
    const isLast = draw.chance(0.5) && x.shape.every((size) => size < 1000);
    const order = x.shape.map((_, axis) => axis);
    const [weight, bias] = [0, 1].map(() => draw.tensor(draw.like([channels]))) as [Tensor, Tensor];
    const eps = draw.chance(0.9) ? 1e-5 : draw.scalar();
    const channelsLast = [...order.toSpliced(1, 1), 1];
    const back = order.map((axis) => channelsLast.indexOf(axis));
    const seen = isLast ? op.permute(op.contiguous(op.permute(x, channelsLast)), back) : x;
    return f(seen, weight, bias, eps, draw);
  };

const activation = (draw: Draw): "none" | "silu" => draw.pick(["none", "silu"]);

/** Calls by the op's name. */
export const hostileCalls: Readonly<Record<string, Call>> = {
  tensor: (draw) => op.tensor([1, 2, 3], draw.chance(0.3) ? [3] : draw.shape()),
  full: (draw) => op.full(draw.shape(), draw.scalar()),
  add: binary(op.add),
  maximum: binary(op.maximum),
  less: binary(op.less),
  where: binary((a, b) => op.where(a, b, 0.5)),
  silu: unary(op.silu),
  clamp: (draw) => op.clamp(draw.tensor(), draw.scalar(), draw.scalar()),
  leakyRelu: (draw) => op.leakyRelu(draw.tensor(), draw.scalar()),
  elementwise: binary(op.elementwise((a, b) => op.E.mul(op.E.tanh(a!), b!))),
  elementwiseAll: (draw) => {
    const x = draw.tensor();
    const y = draw.tensor(draw.like(x.shape, true));
    return op.elementwiseAll((a, b) => [op.E.add(a!, b!), op.E.mul(a!, b!)])(x, y);
  },
  sum: along((x, axes, keepDims) => op.sum(x, axes, { keepDims })),
  sumOf: binary((a, b) => op.sumOf((x, y) => op.E.mul(x!, y!), -1)(a, b)),
  mean: along((x, axes, keepDims) => op.mean(x, axes, { keepDims })),
  max: along((x, axes, keepDims) => op.max(x, axes, { keepDims })),
  min: along((x, axes, keepDims) => op.min(x, axes, { keepDims })),
  moments: along((x, axes) => op.moments(x, axes).variance),
  softmax: (draw) => {
    const x = draw.tensor();
    return op.softmax(x, draw.axis(x));
  },
  sumTo: (draw) => op.sumTo(draw.tensor(), draw.shape()),
  expand: (draw) => op.expand(draw.tensor(), draw.shape()),
  reshape: (draw) =>
    op.reshape(draw.tensor(), draw.chance(0.5) ? [draw.whole(-1, 9), -1] : draw.shape()),
  permute: (draw) => {
    const x = draw.tensor();
    return op.permute(
      x,
      x.shape.map(() => draw.axis(x)),
    );
  },
  transpose: (draw) => {
    const x = draw.tensor();
    return op.transpose(x, draw.axis(x), draw.axis(x));
  },
  squeeze: (draw) => {
    const x = draw.tensor();
    return op.squeeze(x, draw.axis(x));
  },
  unsqueeze: (draw) => {
    const x = draw.tensor();
    return op.unsqueeze(x, draw.axis(x));
  },
  window: (draw) => {
    const x = draw.tensor();
    return op.window(x, draw.axis(x), draw.whole(-4, 4), draw.whole(-1, 8));
  },
  slice: (draw) => {
    const x = draw.tensor();
    const end = draw.chance(0.3) ? [] : [draw.whole(-2, 5)];
    return op.slice(x, draw.axis(x), draw.whole(-3, 3), ...end);
  },
  flip: (draw) => {
    const x = draw.tensor();
    return op.flip(x, draw.axis(x));
  },
  every: (draw) => {
    const x = draw.tensor();
    return op.every(x, draw.axis(x), draw.whole(1, 4));
  },
  spread: (draw) => {
    const x = draw.tensor();
    return op.spread(x, draw.axis(x), draw.whole(1, 3), draw.whole(0, 12));
  },
  pad: (draw) => {
    const x = draw.tensor();
    const mode = draw.pick(["zero", "replicate", "reflect"] as const);
    return op.pad(x, draw.axis(x), draw.whole(0, 3), draw.whole(0, 3), mode);
  },
  concat: (draw) => {
    const x = draw.tensor();
    const others = Array.from({ length: draw.below(3) }, () => draw.tensor(draw.like(x.shape)));
    return op.concat([x, ...others], draw.axis(x));
  },
  stack: (draw) => {
    const x = draw.tensor();
    return op.stack([x, draw.tensor(draw.like(x.shape))], draw.axis(x));
  },
  contiguous: unary(op.contiguous),
  upsampleNearest: (draw) => {
    const x = draw.tensor();
    return op.upsampleNearest(x, [draw.axis(x), draw.axis(x)]);
  },
  upsampleLinear: (draw) => {
    const x = draw.tensor();
    return op.upsampleLinear(x, draw.axis(x));
  },
  maxPool: (draw) => {
    const x = images(draw, 1 + draw.below(3), draw.below(3));
    return op.maxPool(x, { kernel: draw.whole(1, 4), stride: draw.whole(1, 3) });
  },
  avgPool: (draw) => {
    const x = images(draw, 1 + draw.below(3), draw.below(3));
    return op.avgPool(x, { kernel: draw.whole(1, 4), stride: draw.whole(1, 3) });
  },
  resizeBilinear: (draw) => op.resizeBilinear(draw.tensor(), draw.whole(1, 6), draw.whole(1, 6)),
  matmul: (draw) => {
    const a = draw.tensor();
    const [k = 1] = a.shape.slice(-1);
    return op.matmul(
      a,
      draw.tensor(draw.like([...a.shape.slice(0, -2), k, 1 + draw.below(20)], true)),
    );
  },
  attention: (draw) => {
    const [n, m, keys, c] = [0, 1, 2, 3].map(() => draw.below(5)) as [
      number,
      number,
      number,
      number,
    ];
    const q = draw.tensor([n, m, c]);
    return op.attention(q, draw.tensor(draw.like([n, keys, c])), draw.tensor([n, keys, 3]));
  },
  conv,
  layerNorm: norm((x, w, b, eps, draw) =>
    op.layerNorm(x, w, b, { eps, activation: activation(draw) }),
  ),
  groupNorm: norm((x, w, b, eps, draw) =>
    op.groupNorm(x, draw.whole(1, 3), w, b, { eps, activation: activation(draw) }),
  ),
  batchNorm: norm((x, w, b, eps) => op.batchNorm(x, w, b, { eps })),
};
