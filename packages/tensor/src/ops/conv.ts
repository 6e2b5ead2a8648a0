import type { ConvAxis, ConvGeometry, Precision, ProductFormat } from "../backend.ts";
import { Block } from "../block.ts";
import { precisionOn } from "../precision.ts";
import { sameShape, ShapeError, show, type Shape } from "../shape.ts";
import { record, type Tensor } from "../tensor.ts";
import { dense } from "../view.ts";
import { concat } from "./concat.ts";
import { commonBackend } from "./formula.ts";
import { flip, permute, reshape } from "./movement.ts";
import { sum } from "./sum.ts";

/** Zeros before and after one spatial axis. */
export type Padding = number | readonly [before: number, after: number];

/** Options of `conv`; one number for all spatial axes, or one for each. */
export interface ConvOptions {
  /** Added to every output of its channel, `[o]`. */
  readonly bias?: Tensor | undefined;
  /** What stands in front of x on its first spatial axis, `[n, c, b, …]`: x is read as if it began with it. */
  readonly before?: Tensor | undefined;
  /** Default 1. */
  readonly stride?: number | readonly number[];
  /** Default 0; a pair pads its two ends differently. */
  readonly padding?: number | readonly Padding[];
  /** Default 1. */
  readonly dilation?: number | readonly number[];
}

const single: ConvAxis = {
  in: 1,
  taps: 1,
  out: 1,
  stride: 1,
  dilation: 1,
  inputDilation: 1,
  padding: 0,
};

/** How a convolution of x `[n, c, …]` with w `[o, c, …]` walks its 1 to 3 spatial axes, unused ones in front. */
export function convGeometry(x: Shape, w: Shape, options: ConvOptions = {}): ConvGeometry {
  const rank = x.length - 2;
  if (rank < 1 || rank > 3 || w.length !== x.length) {
    throw new ShapeError(`conv: input ${show(x)} and weight ${show(w)} must both have 3 to 5 axes`);
  }
  if (x[1] !== w[1]) {
    throw new ShapeError(
      `conv: input ${show(x)} has ${x[1]} channels but weight ${show(w)} takes ${w[1]}`,
    );
  }
  const each = <T>(
    value: number | readonly T[] | undefined,
    fallback: number,
    axis: number,
  ): number | T => {
    if (typeof value === "object" && value.length !== rank) {
      throw new ShapeError(`conv: ${value.length} values were given for ${rank} spatial axes`);
    }
    return typeof value === "object" ? value[axis]! : (value ?? fallback);
  };
  const axes = Array.from({ length: rank }, (_, axis): ConvAxis => {
    const stride = each(options.stride, 1, axis);
    const dilation = each(options.dilation, 1, axis);
    const padding = each<Padding>(options.padding, 0, axis);
    const [before, after] = typeof padding === "number" ? [padding, padding] : padding;
    const taps = w[axis + 2]!;
    const reach = dilation * (taps - 1) + 1;
    const padded = x[axis + 2]! + before + after;
    if (stride < 1 || dilation < 1 || taps < 1) {
      throw new ShapeError(
        `conv: stride ${stride}, dilation ${dilation} and kernel ${taps} must be at least 1`,
      );
    }
    if (padded < reach) {
      throw new ShapeError(
        `conv: input ${show(x)} is ${padded} long on axis ${axis + 2} with its padding, but weight ${show(w)} reaches over ${reach}`,
      );
    }
    const out = Math.floor((padded - reach) / stride) + 1;
    return { in: x[axis + 2]!, taps, out, stride, dilation, inputDilation: 1, padding: before };
  });
  while (axes.length < 3) axes.unshift(single);
  return axes as unknown as ConvGeometry;
}

/** `[n, c, …]` with up to 3 spatial axes as `[n, t, h, w, c]`: a view. */
function channelsLast(x: Tensor): Tensor {
  const [n, c, ...spatial] = x.shape as [number, number, ...number[]];
  while (spatial.length < 3) spatial.unshift(1);
  return permute(reshape(x, [n, c, ...spatial]), [0, 2, 3, 4, 1]);
}

/**
 * The convolution (cross-correlation) of x `[n, c, …]` with w `[o, c, …]` over 1 to 3 spatial axes, `[n, o, …]`. The result lies
 * channels last in memory.
 */
export function conv(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  const { bias, before } = options;
  const whole = before ? joinBefore(before, x) : x;
  const geometry = convGeometry(whole.shape, w.shape, options);
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== w.shape[0])) {
    throw new ShapeError(
      `conv: bias ${show(bias.shape)} does not fit the ${w.shape[0]} outputs of weight ${show(w.shape)}`,
    );
  }
  const format = precisionOn(x.backend);
  const convolved = convolve(channelsLast(whole), channelsLast(w), bias, geometry, {
    operands: format,
    result: format,
  });
  const y = permute(convolved, [0, 4, 1, 2, 3]);
  return reshape(y, [y.shape[0]!, y.shape[1]!, ...y.shape.slice(7 - x.shape.length)]);
}

function joinBefore(before: Tensor, x: Tensor): Tensor {
  const needed = x.shape.map((size, axis) => (axis === 2 ? (before.shape[2] ?? 0) : size));
  if (x.shape.length < 3 || !sameShape(before.shape, needed)) {
    throw new ShapeError(
      `conv: ${show(before.shape)} does not stand before input ${show(x.shape)}; only axis 2 may differ`,
    );
  }
  return concat([before, x], 2);
}

const outputs = (geometry: ConvGeometry): number[] => geometry.map((axis) => axis.out);

function convolve(
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  geometry: ConvGeometry,
  format: ProductFormat,
): Tensor {
  const backend = commonBackend(bias ? [x, w, bias] : [x, w]);
  const storage = backend.conv(x.source(), w.source(), bias?.source(), geometry, format);
  const shape = [x.shape[0]!, ...outputs(geometry), w.shape[0]!];
  return record(new Block(backend, storage), dense(shape), bias ? [x, w, bias] : [x, w], [
    (dy) => inputGradient(dy, w, geometry, format.operands),
    (dy) => weightGradient(x, dy, geometry, format.operands),
    (dy) => sum(dy, [0, 1, 2, 3]),
  ]);
}

function inputGradient(dy: Tensor, w: Tensor, geometry: ConvGeometry, format: Precision): Tensor {
  return convolve(dy, adjointWeight(w), undefined, inputGeometry(geometry), {
    operands: format,
    result: format,
  });
}

/** `[o, …, c]` as the weight that goes back: taps back to front, inputs and outputs exchanged. */
function adjointWeight(w: Tensor): Tensor {
  return permute(flip(flip(flip(w, 1), 2), 3), [4, 1, 2, 3, 0]);
}

// Going back to the input, the stride becomes the spacing of what is read.
function inputGeometry(geometry: ConvGeometry): ConvGeometry {
  return geometry.map((axis) => ({
    in: axis.out,
    taps: axis.taps,
    out: axis.in,
    stride: axis.inputDilation,
    dilation: axis.dilation,
    inputDilation: axis.stride,
    padding: axis.dilation * (axis.taps - 1) - axis.padding,
  })) as unknown as ConvGeometry;
}

// Going back to the weight, the taps are the outputs: stride and dilation change places, and so do batch and channels.
function weightGeometry(geometry: ConvGeometry): ConvGeometry {
  return geometry.map((axis) => ({
    ...axis,
    taps: axis.out,
    out: axis.taps,
    stride: axis.dilation,
    dilation: axis.stride,
  })) as unknown as ConvGeometry;
}

/** The gradient of a weight, which is f32 whatever the operands are rounded to. */
function weightGradient(
  x: Tensor,
  dy: Tensor,
  geometry: ConvGeometry,
  operands: Precision,
): Tensor {
  const { backend } = x;
  const isPlain = geometry.every((axis) => axis.inputDilation === 1);
  if (!backend.convWeight || !isPlain) {
    const exchanged = [4, 1, 2, 3, 0];
    const dw = convolve(
      permute(x, exchanged),
      permute(dy, exchanged),
      undefined,
      weightGeometry(geometry),
      { operands, result: "f32" },
    );
    return permute(dw, exchanged);
  }
  const storage = backend.convWeight(x.source(), dy.source(), geometry, operands);
  const shape = [dy.shape[4]!, ...geometry.map((axis) => axis.taps), x.shape[4]!];
  // The gradient of dw is linear in x and in dy, so it goes back through the same two convolutions.
  return record(
    new Block(backend, storage),
    dense(shape),
    [x, dy],
    [
      (ddw) => inputGradient(dy, ddw, geometry, operands),
      (ddw) => convolve(x, ddw, undefined, geometry, { operands, result: operands }),
    ],
  );
}
