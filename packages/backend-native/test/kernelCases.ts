// Every kernel on views and shapes that reach each of its paths, to be compared with the reference.
import { E, type Backend, type ConvAxis, type Expr, type Storage, type View } from "@vidtok/tensor";
import { dense, noise, permuted, view, x, y, z } from "./inputs.ts";

const f32 = { operands: "f32", result: "f32" } as const;

type Case = (backend: Backend) => Storage;

const sizes = (v: View): number[] => v.axes.map((axis) => axis.size);

function map(expr: Expr, ...views: readonly View[]): Case {
  return (backend) =>
    backend.map(
      sizes(views[0]!),
      views.map((v, i) => noise(backend, v, `x${i}`)),
      expr,
    );
}

function reduce(op: "sum" | "max", axes: number, expr: Expr, ...views: readonly View[]): Case {
  return (backend) =>
    backend.reduce(
      sizes(views[0]!),
      views.map((v, i) => noise(backend, v, `x${i}`)),
      expr,
      op,
      axes,
    );
}

function matmul(a: View, b: View): Case {
  return (backend) => backend.matmul(noise(backend, a, "a"), noise(backend, b, "b"), f32);
}

interface Axis {
  readonly in: number;
  readonly taps?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly inputDilation?: number;
  readonly padding?: number;
  /** Zeros behind. */
  readonly behind?: number;
}

function axis({
  taps = 1,
  stride = 1,
  dilation = 1,
  inputDilation = 1,
  padding = 0,
  behind = padding,
  ...rest
}: Axis): ConvAxis {
  const length = (rest.in - 1) * inputDilation + 1 + padding + behind - (taps - 1) * dilation;
  return {
    ...rest,
    taps,
    stride,
    dilation,
    inputDilation,
    padding,
    out: Math.ceil(length / stride),
  };
}

interface ConvCase {
  readonly axes: readonly [Axis, Axis, Axis];
  readonly images?: number;
  readonly channels: number;
  readonly outputs: number;
  readonly hasBias?: boolean;
  /** The input's view, from the dense one. */
  readonly x?: (view: View) => View;
  /** The weight's view. */
  readonly w?: View;
}

const geometryOf = ([t, h, w]: ConvCase["axes"]) => [axis(t), axis(h), axis(w)] as const;

function conv({
  axes,
  images = 1,
  channels,
  outputs,
  hasBias,
  x: see = (v) => v,
  w,
}: ConvCase): Case {
  const geometry = geometryOf(axes);
  const taps = geometry.map((a) => a.taps);
  const input = see(dense(images, ...geometry.map((a) => a.in), channels));
  return (backend) =>
    backend.conv(
      noise(backend, input, "x"),
      noise(backend, w ?? dense(outputs, ...taps, channels), "w"),
      hasBias ? noise(backend, dense(outputs), "bias") : undefined,
      geometry,
      f32,
    );
}

/** The gradient for the weight: the native kernel, or on other backends the convolution it stands for. */
function convWeight({ axes, images = 1, channels, outputs, x: see = (v) => v }: ConvCase): Case {
  const geometry = geometryOf(axes);
  const input = see(dense(images, ...geometry.map((a) => a.in), channels));
  const slope = dense(images, ...geometry.map((a) => a.out), outputs);
  return (backend) => {
    const [source, dy] = [noise(backend, input, "x"), noise(backend, slope, "dy")];
    if (backend.convWeight) return backend.convWeight(source, dy, geometry, "f32");
    // Channels are images, images are channels, outputs are taps: dw[o, k, c] = Σ x[c, k + p·stride, n] · dy[o, p, n].
    const swapped = geometry.map(({ taps, out, stride, dilation, ...rest }) => ({
      ...rest,
      taps: out,
      out: taps,
      stride: dilation,
      dilation: stride,
    }));
    const gradient = backend.conv(
      { ...source, view: permuted(source.view, 4, 1, 2, 3, 0) },
      { ...dy, view: permuted(dy.view, 4, 1, 2, 3, 0) },
      undefined,
      [swapped[0]!, swapped[1]!, swapped[2]!],
      f32,
    );
    const taps = geometry.map((a) => a.taps);
    const result = permuted(dense(channels, ...taps, outputs), 4, 1, 2, 3, 0);
    return backend.map(sizes(result), [{ storage: gradient, view: result }], x);
  };
}

const square = (size: number, taps: number, padding = (taps - 1) >> 1): Axis => ({
  in: size,
  taps,
  padding,
});
/** 3 taps at stride 2, padded behind. */
const halved = (size: number): Axis => ({ in: size, taps: 3, stride: 2, padding: 0, behind: 1 });
const point: Axis = { in: 1 };
const silu = E.mul(x, E.sigmoid(x));
/** The axes of `[n, t, h, w, c]`, with gaps: a window into a larger clip. */
const gaps = ({ axes }: View): View =>
  view(
    axes.map(({ size }, i) => [size, [9000, 1500, 190, 13, 1][i]!]),
    7,
  );

/** A convolution of a view that is padded along every axis but the channels. */
const padded = (channels: number, outputs: number): ConvCase => ({
  axes: [{ in: 4, taps: 2 }, square(9, 3), square(10, 3)],
  ...{ images: 3, channels, outputs },
  x: () =>
    view([
      [3, 360 * channels, 1, 3],
      [4, 90 * channels, 1, 4],
      [9, 10 * channels, 2, 8],
      [10, channels, 3, 9],
      [channels, 1],
    ]),
});

/** Cases of `map`. */
export const maps: Readonly<Record<string, Case>> = {
  "a dense formula": map(silu, dense(7, 411)),
  "a scalar": map(E.exp(x), dense()),
  nothing: map(E.exp(x), dense(3, 0, 2)),
  "a constant": map(E.add(0.5, 0.25), dense(5, 3)),
  "a copy": map(x, dense(3, 1000)),
  "three inputs": map(
    E.where(E.less(x, y), E.mul(y, z), E.div(x, 3)),
    dense(41, 19),
    dense(41, 19),
    dense(41, 19),
  ),
  "one operand twice": map(E.mul(E.exp(x), E.exp(x)), dense(700)),
  "many live registers": map(
    [1, 2, 3, 4, 5, 6, 7, 8]
      .map((n) => E.tanh(E.mul(x, n)))
      .reduce((a, b) => E.add(E.mul(a, y), b)),
    dense(1100),
    dense(1100),
  ),
  "rows repeated": map(
    E.add(x, y),
    dense(37, 129),
    view([
      [37, 0],
      [129, 1],
    ]),
  ),
  "columns repeated": map(
    E.add(x, y),
    dense(37, 129),
    view([
      [37, 1],
      [129, 0],
    ]),
  ),
  "short rows repeated": map(
    E.add(x, y),
    dense(300, 3),
    view([
      [300, 0],
      [3, 1],
    ]),
  ),
  "a transposed input": map(
    E.add(x, y),
    dense(67, 45),
    view([
      [67, 1],
      [45, 67],
    ]),
  ),
  "only a transposed input": map(
    x,
    view([
      [3, 7000],
      [67, 1],
      [45, 67],
    ]),
  ),
  "a transposed input with padding": map(
    x,
    view([
      [3, 7000, 1, 3],
      [67, 1, 5, 60],
      [45, 67, 2, 44],
    ]),
  ),
  "a transposed input repeated between": map(
    E.mul(x, y),
    dense(20, 5, 33),
    view([
      [20, 1],
      [5, 0],
      [33, 20],
    ]),
  ),
  "steps over the last axis": map(
    x,
    view([
      [31, 200],
      [40, 3],
    ]),
  ),
  "back to front": map(
    E.add(x, 1),
    view(
      [
        [31, 40],
        [40, -1],
      ],
      39,
    ),
  ),
  "padding on all axes": map(
    E.add(x, 1),
    view([
      [9, 400, 2, 7],
      [11, 30, 1, 11],
      [40, 1, 8, 33],
    ]),
  ),
  "padding in front by a negative offset": map(
    x,
    view(
      [
        [12, 5, 3, 12],
        [5, 1],
      ],
      -15,
    ),
  ),
  "nothing but padding": map(
    E.add(x, 1),
    view([
      [9, 30, 4, 4],
      [30, 1],
    ]),
  ),
  "padding on an axis of one": map(
    E.add(x, y),
    dense(1, 8),
    view([
      [1, 8, 1, 1],
      [8, 1],
    ]),
  ),
  "channels first to channels last": map(x, permuted(dense(2, 5, 3, 16, 20), 0, 2, 3, 4, 1)),
  "a sum of padded parts": map(
    E.add(x, y),
    view([
      [40, 6, 0, 25],
      [6, 1],
    ]),
    view(
      [
        [40, 6, 25, 40],
        [6, 1],
      ],
      -150,
    ),
  ),
};

/** Cases of `reduce`. */
export const reduces: Readonly<Record<string, Case>> = {
  everything: reduce("sum", 2, x, dense(70, 911)),
  "everything, in chunks": reduce("sum", 1, E.mul(x, x), dense(70000)),
  "short rows": reduce("sum", 1, x, dense(500, 3)),
  "rows of a block": reduce("sum", 1, x, dense(19, 512)),
  "rows longer than a block": reduce("sum", 1, silu, dense(9, 1300)),
  "rows longer than a chunk": reduce("max", 1, x, dense(2, 40000)),
  "no axes": reduce("sum", 0, E.exp(x), dense(6, 7)),
  "a scalar": reduce("sum", 0, E.exp(x), dense()),
  "no terms": reduce("max", 1, x, dense(4, 0)),
  "no outputs": reduce("sum", 1, x, dense(0, 4)),
  "channels of channels last": reduce("sum", 1, E.mul(x, x), dense(3, 50, 128)),
  "pixels of channels last": reduce("sum", 2, x, permuted(dense(60, 70, 24), 2, 0, 1)),
  "many pixels of few channels": reduce("max", 1, x, permuted(dense(30000, 3), 1, 0)),
  "pixels, a product of two": reduce(
    "sum",
    2,
    E.mul(x, y),
    permuted(dense(60, 7, 24), 2, 0, 1),
    permuted(dense(60, 7, 24), 2, 0, 1),
  ),
  "pixels, a formula with a repeated input": reduce(
    "sum",
    2,
    E.mul(x, y),
    permuted(dense(60, 7, 24), 2, 0, 1),
    view([
      [24, 1],
      [60, 0],
      [7, 0],
    ]),
  ),
  "groups of channels last": reduce(
    "sum",
    3,
    E.mul(x, x),
    view([
      [2, 5760],
      [6, 4],
      [4, 1],
      [24, 240],
      [10, 24],
    ]),
  ),
  "frames of channels last": reduce("sum", 1, x, permuted(dense(17, 40, 8), 1, 2, 0)),
  "a long row kept": reduce("max", 1, x, permuted(dense(11, 1700), 1, 0)),
  "two kept axes in another order": reduce("sum", 1, x, permuted(dense(5, 9, 600), 2, 0, 1)),
  "windows of four": reduce(
    "max",
    2,
    x,
    view([
      [8, 480],
      [10, 48],
      [24, 1],
      [2, 240],
      [2, 24],
    ]),
  ),
  padding: reduce(
    "max",
    2,
    E.add(x, 2),
    view([
      [9, 400, 2, 7],
      [11, 30, 1, 11],
      [40, 1, 8, 33],
    ]),
  ),
  "inputs in different orders": reduce(
    "sum",
    1,
    E.mul(x, y),
    dense(50, 60),
    permuted(dense(60, 50), 1, 0),
  ),
  "large values": reduce("max", 1, E.mul(x, -1e30), dense(7, 1000)),
};

/** Cases of `matmul`. */
export const matmuls: Readonly<Record<string, Case>> = {
  "one by one": matmul(dense(1, 1, 1), dense(1, 1, 1)),
  "a row times a matrix": matmul(dense(1, 1, 70), dense(1, 70, 33)),
  "a matrix times a column": matmul(dense(1, 70, 33), dense(1, 33, 1)),
  "a matrix times three columns": matmul(dense(2, 30, 64), dense(2, 64, 3)),
  "no terms": matmul(dense(2, 3, 0), dense(2, 0, 5)),
  "no rows": matmul(dense(2, 0, 3), dense(2, 3, 5)),
  "uneven sizes": matmul(dense(3, 29, 37), dense(3, 37, 41)),
  "many terms": matmul(dense(1, 7, 1500), dense(1, 1500, 35)),
  narrow: matmul(dense(2, 131, 24), dense(2, 24, 5)),
  "many tiles": matmul(dense(2, 413, 20), dense(2, 20, 130)),
  "many wide tiles": matmul(dense(2, 413, 20), dense(2, 20, 184)),
  "a transposed": matmul(permuted(dense(2, 37, 29), 0, 2, 1), dense(2, 37, 41)),
  "b transposed": matmul(dense(2, 29, 37), permuted(dense(2, 41, 37), 0, 2, 1)),
  "one matrix for all": matmul(
    dense(4, 9, 37),
    view([
      [4, 0],
      [37, 20],
      [20, 1],
    ]),
  ),
  "rows with gaps": matmul(
    view(
      [
        [2, 900],
        [17, 50],
        [37, 1],
      ],
      11,
    ),
    dense(2, 37, 20),
  ),
  padding: matmul(
    view([
      [3, 900, 1, 3],
      [17, 50, 2, 15],
      [37, 1],
    ]),
    view([
      [3, 740, 0, 2],
      [37, 20, 4, 30],
      [20, 1, 1, 18],
    ]),
  ),
  "padding of terms": matmul(
    view([
      [2, 900],
      [17, 50],
      [37, 1, 3, 30],
    ]),
    dense(2, 37, 20),
  ),
};

/** Geometries of convolutions, without and with a gradient for the weight. */
export const convs: Readonly<Record<string, ConvCase>> = {
  "3x3": { axes: [point, square(9, 3), square(13, 3)], channels: 24, outputs: 40, hasBias: true },
  "3x3 on one pixel": { axes: [point, square(1, 3), square(1, 3)], channels: 5, outputs: 6 },
  "3x3 of three channels": {
    axes: [point, square(17, 3), square(18, 3)],
    channels: 3,
    outputs: 33,
    hasBias: true,
  },
  // Few outputs of several taps are rows and pixels columns; others are sums along channels where
  // those fill vectors.
  "3x3 from 64 to three channels": {
    axes: [point, square(17, 3), square(18, 3)],
    channels: 64,
    outputs: 3,
    hasBias: true,
  },
  "3x3x3 from 384 to two channels": {
    axes: [square(3, 3), square(6, 3), square(7, 3)],
    channels: 384,
    outputs: 2,
    hasBias: true,
  },
  "3x3x3 of long lines to eight channels": {
    axes: [square(4, 3), square(11, 3), square(150, 3)],
    channels: 40,
    outputs: 8,
    hasBias: true,
  },
  "4x4 at stride 2 from 32 to one channel": {
    axes: [
      point,
      { in: 9, taps: 4, stride: 2, padding: 1 },
      { in: 12, taps: 4, stride: 2, padding: 1 },
    ],
    channels: 32,
    outputs: 1,
  },
  "1x1 from 32 to four channels": {
    axes: [point, square(5, 1), square(7, 1)],
    channels: 32,
    outputs: 4,
    images: 2,
  },
  "3x3 to three channels": {
    axes: [point, square(17, 3), square(18, 3)],
    channels: 35,
    outputs: 3,
    hasBias: true,
  },
  "3x4x3 from three channels": {
    axes: [
      { in: 5, taps: 3, padding: 2, behind: 0 },
      { in: 14, taps: 4, stride: 2, padding: 1 },
      halved(43),
    ],
    images: 2,
    channels: 3,
    outputs: 40,
  },
  "3x4x3 to three channels, more in front than behind": {
    axes: [
      { in: 5, taps: 3, padding: 2, behind: 0 },
      { in: 14, taps: 4, padding: 3, behind: 1 },
      { in: 43, taps: 3, padding: 0, behind: 1 },
    ],
    images: 2,
    channels: 40,
    outputs: 3,
  },
  "padding wider than the taps, to two channels": {
    axes: [point, square(4, 3, 4), square(5, 3, 3)],
    channels: 5,
    outputs: 2,
  },
  "1x1x7 from eight channels": {
    axes: [{ in: 3 }, { in: 5 }, square(33, 7)],
    channels: 8,
    outputs: 9,
  },
  "3x3 without padding": {
    axes: [point, square(9, 3, 0), square(8, 3, 0)],
    channels: 7,
    outputs: 9,
  },
  "1x1": {
    axes: [point, { in: 13 }, { in: 14 }],
    images: 2,
    channels: 70,
    outputs: 20,
    hasBias: true,
  },
  "3x1x1, causal": {
    axes: [{ in: 5, taps: 3, padding: 2, behind: 0 }, { in: 6 }, { in: 7 }],
    images: 2,
    channels: 16,
    outputs: 17,
  },
  "3x3x3": {
    axes: [square(4, 3), square(6, 3), square(7, 3)],
    channels: 18,
    outputs: 20,
    hasBias: true,
  },
  "3x3 of many pixels and channels": {
    axes: [point, square(13, 3), square(12, 3)],
    channels: 64,
    outputs: 80,
    hasBias: true,
  },
  "3x3x3 of many pixels and channels, in part": {
    axes: [{ in: 2, taps: 3, padding: 2, behind: 0 }, square(11, 3), square(14, 3)],
    channels: 80,
    outputs: 64,
  },
  // Several blocks of the widest tiles, the last in part.
  "3x3 at stride 2 of 104 to 120 channels": {
    axes: [point, halved(9), halved(15)],
    channels: 104,
    outputs: 120,
    hasBias: true,
  },
  "3x3 of many pixels and 112 channels": {
    axes: [point, square(14, 3), square(11, 3)],
    channels: 112,
    outputs: 112,
    hasBias: true,
  },
  // Enough for the sums of a weight's gradient to be moved out on the way, and cut into ranges.
  "3x3 of many images, pixels and channels": {
    axes: [point, square(11, 3), square(12, 3)],
    images: 16,
    channels: 80,
    outputs: 64,
  },
  "2x3x3 of many pixels and channels, with gaps": {
    axes: [
      { in: 5, taps: 2, stride: 2, dilation: 2, padding: 2, behind: 0 },
      { in: 12, taps: 3 },
      { in: 17, taps: 3, padding: 1, behind: 0 },
    ],
    channels: 64,
    outputs: 64,
    x: ({ axes }) =>
      view(
        axes.map(({ size }, i) => [size, [99000, 19000, 1400, 80, 1][i]!, i === 2 ? 2 : 0, size]),
        7,
      ),
  },
  "stride 2 with padding behind": {
    axes: [point, halved(12), halved(15)],
    channels: 10,
    outputs: 12,
  },
  "stride 3, dilation 2": {
    axes: [
      point,
      { in: 20, taps: 3, stride: 3, dilation: 2, padding: 2 },
      { in: 21, taps: 4, stride: 2, dilation: 3, padding: 5 },
    ],
    channels: 5,
    outputs: 7,
  },
  "stride 2 in time": {
    axes: [{ in: 9, taps: 3, stride: 2, padding: 2, behind: 0 }, { in: 4 }, { in: 5 }],
    channels: 8,
    outputs: 8,
  },
  "4x4 to one output": {
    axes: [point, square(11, 4, 1), square(10, 4, 1)],
    channels: 20,
    outputs: 1,
    hasBias: true,
  },
  "many channels": {
    axes: [point, square(4, 3), square(3, 3)],
    channels: 300,
    outputs: 36,
    hasBias: true,
  },
  "several chunks of pixels": {
    axes: [point, square(23, 3), square(25, 3)],
    channels: 4,
    outputs: 24,
  },
  // Long enough for tiles to read bf16 where it lies.
  "3x3 of long lines": {
    axes: [point, square(3, 3), square(70, 3)],
    images: 2,
    channels: 64,
    outputs: 40,
    hasBias: true,
  },
  "3x1x1 of 64 channels": {
    axes: [{ in: 5, taps: 3, padding: 2, behind: 0 }, { in: 3 }, { in: 70 }],
    channels: 64,
    outputs: 33,
  },
  "3x3 at stride 2 of long lines": {
    axes: [
      { in: 2 },
      { in: 7, taps: 3, stride: 2, padding: 1 },
      { in: 139, taps: 3, stride: 2, padding: 1 },
    ],
    channels: 40,
    outputs: 70,
  },
  "padding wider than the image": {
    axes: [point, square(2, 7, 6), square(3, 5, 5)],
    channels: 3,
    outputs: 4,
    hasBias: true,
  },
  "a window with gaps": {
    axes: [{ in: 3, taps: 2 }, square(7, 3), square(8, 3)],
    channels: 13,
    outputs: 18,
    x: gaps,
  },
  "channels first": {
    axes: [{ in: 3 }, square(7, 3), square(8, 3)],
    images: 2,
    channels: 6,
    outputs: 18,
    x: () => permuted(dense(2, 6, 3, 7, 8), 0, 2, 3, 4, 1),
  },
  "a padded view": padded(6, 8),
  "a padded view, to two channels": padded(20, 2),
  "padded channels": {
    axes: [point, square(5, 3), square(6, 3)],
    channels: 9,
    outputs: 8,
    x: () =>
      view([
        [1, 0],
        [1, 0],
        [5, 60],
        [6, 9],
        [9, 1, 2, 7],
      ]),
  },
  "an image repeated": {
    axes: [{ in: 3, taps: 2 }, square(5, 3), square(6, 3)],
    channels: 9,
    outputs: 8,
    x: () =>
      view([
        [1, 0],
        [3, 0],
        [5, 60],
        [6, 9],
        [9, 1],
      ]),
  },
};

/** Geometries of convolutions that only the forward kernel takes. */
export const forwardConvs: Readonly<Record<string, ConvCase>> = {
  "the gradient of stride 2": {
    axes: [
      point,
      { in: 9, taps: 3, inputDilation: 2, padding: 2, behind: 1 },
      { in: 8, taps: 3, inputDilation: 2, padding: 1, behind: 2 },
    ],
    channels: 12,
    outputs: 20,
    hasBias: true,
  },
  "the gradient of stride 2 in time": {
    axes: [{ in: 3, taps: 3, inputDilation: 2, padding: 0, behind: 2 }, square(5, 3), square(4, 3)],
    channels: 8,
    outputs: 8,
  },
  "input dilation 3, stride 2": {
    axes: [
      point,
      { in: 9, taps: 4, inputDilation: 3, stride: 2, padding: 3 },
      { in: 8, taps: 5, inputDilation: 2, stride: 4, dilation: 3, padding: 6 },
    ],
    channels: 6,
    outputs: 5,
    hasBias: true,
  },
  "phases without taps": {
    axes: [point, { in: 5, inputDilation: 3, padding: 2 }, { in: 6, inputDilation: 2 }],
    channels: 4,
    outputs: 5,
    hasBias: true,
  },
  "a weight as PyTorch keeps it": {
    axes: [point, square(9, 3), square(8, 3)],
    channels: 12,
    outputs: 20,
    w: view([
      [20, 108],
      [1, 9],
      [3, 3],
      [3, 1],
      [12, 9],
    ]),
  },
  "a flipped and transposed weight": {
    axes: [point, square(9, 3), square(8, 3)],
    channels: 20,
    outputs: 12,
    w: view(
      [
        [12, 9],
        [1, 9],
        [3, -3],
        [3, -1],
        [20, 108],
      ],
      8,
    ),
  },
  "a padded weight": {
    axes: [point, square(9, 3), square(8, 3)],
    channels: 12,
    outputs: 20,
    w: view([
      [20, 108, 2, 19],
      [1, 9],
      [3, 3, 0, 2],
      [3, 1, 1, 3],
      [12, 9],
    ]),
  },
};

/** Every case under the name of its kernel. */
export const kernelCases: Readonly<Record<string, Case>> = Object.fromEntries([
  ...Object.entries(maps).map(([name, run]) => [`map: ${name}`, run] as const),
  ...Object.entries(reduces).map(([name, run]) => [`reduce: ${name}`, run] as const),
  ...Object.entries(matmuls).map(([name, run]) => [`matmul: ${name}`, run] as const),
  ...Object.entries({ ...convs, ...forwardConvs }).map(
    ([name, of]) => [`conv: ${name}`, conv(of)] as const,
  ),
  ...Object.entries(convs).map(([name, of]) => [`convWeight: ${name}`, convWeight(of)] as const),
]);
