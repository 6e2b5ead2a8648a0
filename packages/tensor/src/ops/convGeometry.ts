import type { ConvAxis, ConvGeometry } from "../backend.ts";
import { checkWhole } from "../checks.ts";
import { ShapeError, show, type Shape } from "../shape.ts";

/** Zeros before and after one spatial axis. */
export type Padding = number | readonly [before: number, after: number];

/** How a kernel walks its axes; one number for all spatial axes, or one for each. */
export interface ConvSteps {
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
export function convGeometry(x: Shape, w: Shape, options: ConvSteps = {}): ConvGeometry {
  const rank = x.length - 2;
  if (rank < 1 || rank > 3 || w.length !== x.length) {
    throw new ShapeError(`conv: input ${show(x)} and weight ${show(w)} must both have 3 to 5 axes`);
  }
  if (x[1] !== w[1]) {
    throw new ShapeError(
      `conv: input ${show(x)} has ${x[1]} channels but weight ${show(w)} takes ${w[1]}`,
    );
  }
  if (x.slice(1).includes(0) || w.includes(0)) {
    throw new ShapeError(`conv: input ${show(x)} and weight ${show(w)}; only the batch may be 0`);
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
    checkWhole("conv", "the stride", stride, 1);
    checkWhole("conv", "the dilation", dilation, 1);
    checkWhole("conv", "the padding before", before);
    checkWhole("conv", "the padding after", after);
    const reach = checkWhole("conv", "the reach of the kernel", dilation * (taps - 1) + 1);
    const padded = checkWhole("conv", "the padded length", x[axis + 2]! + before + after);
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

/** Going back to the input, the stride becomes the spacing of what is read. */
export function inputGeometry(geometry: ConvGeometry): ConvGeometry {
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

/** Going back to the weight, the taps are the outputs: stride and dilation change places, and so do batch and channels. */
export function weightGeometry(geometry: ConvGeometry): ConvGeometry {
  return geometry.map((axis) => ({
    ...axis,
    taps: axis.out,
    out: axis.taps,
    stride: axis.dilation,
    dilation: axis.stride,
  })) as unknown as ConvGeometry;
}
