import {
  checkWhole,
  conv,
  reshape,
  ShapeError,
  show,
  type ConvOptions,
  type Padding,
  type Tensor,
} from "@vidtok/tensor";
import { uniformFanIn, type Initialiser } from "../initialisers.ts";
import { Parameter } from "../parameter.ts";

/** Options of `Conv`. */
export interface ConvLayerOptions {
  /** Taps on each of 1 to 3 axes. */
  readonly kernel: readonly number[];
  /** Default 1. */
  readonly stride?: number | readonly number[];
  /** Zeros around the input, the same on both ends or `[before, after]`, for each axis of the kernel; default 0. */
  readonly padding?: number | readonly Padding[];
  /**
   * Axes of the input that the kernel's axes are, e.g. `[2]` for a kernel over the frames of `[n, c, t, h, w]`; every other axis is
   * treated as a batch. Default: the last ones.
   */
  readonly axes?: readonly number[];
  /** Default true. */
  readonly bias?: boolean;
  /** First value of weight and bias; default uniform in ±1/√(inputs of one output). */
  readonly initialiser?: Initialiser;
  /** First value of the bias alone; default the initialiser. */
  readonly biasInitialiser?: Initialiser;
}

/** What a convolution layer computes in one pass with its convolution; `before` takes the place of the zeros in front of x on axis 2. */
export type ConvSurroundings = Pick<ConvOptions, "before" | "upsample" | "residual" | "mix">;

/** A convolution of `[n, c, …]` with a weight `[out, in, ...kernel]`. */
export class Conv {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly #kernel: readonly number[];
  readonly #stride: readonly number[];
  readonly #padding: readonly Padding[];
  readonly #axes: readonly number[] | undefined;

  constructor(inChannels: number, outChannels: number, options: ConvLayerOptions) {
    const { kernel, stride = 1, padding = 0, axes, bias = true } = options;
    checkWhole("conv", "the number of input channels", inChannels, 1);
    checkWhole("conv", "the number of output channels", outChannels, 1);
    checkSteps(options);
    const fanIn = kernel.reduce((product, taps) => product * taps, inChannels);
    const initialiser = options.initialiser ?? uniformFanIn(fanIn);
    this.weight = new Parameter([outChannels, inChannels, ...kernel], initialiser);
    const { biasInitialiser = initialiser } = options;
    this.bias = bias ? new Parameter([outChannels], biasInitialiser) : undefined;
    this.#kernel = kernel;
    this.#stride = typeof stride === "number" ? kernel.map(() => stride) : stride;
    this.#padding = typeof padding === "number" ? kernel.map(() => padding) : padding;
    this.#axes = axes;
  }

  forward(x: Tensor, surroundings: ConvSurroundings = {}): Tensor {
    const rank = x.shape.length;
    const axes = this.#axes ?? this.#kernel.map((_, i) => rank - this.#kernel.length + i);
    if (axes.some((axis) => axis < 2 || axis >= rank)) {
      throw new ShapeError(
        `conv: input ${show(x.shape)} must be [n, c, …] with a kernel ${show(this.#kernel)} on axes ${show(axes)}`,
      );
    }
    const spread = <T>(values: readonly T[], other: T): T[] =>
      Array.from({ length: rank - 2 }, (_, i) => values[axes.indexOf(i + 2)] ?? other);
    const [outputs, inputs] = this.weight.shape as [number, number];
    const weight = reshape(this.weight.value, [outputs, inputs, ...spread(this.#kernel, 1)]);
    const padding = spread<Padding>(this.#padding, 0);
    const { before, upsample, residual, mix } = surroundings;
    return conv(x, weight, {
      bias: this.bias?.value,
      stride: spread(this.#stride, 1),
      padding: before ? behindOnly(padding, before, upsample) : padding,
      ...{ before, upsample, residual, mix },
    });
  }
}

function checkSteps({ kernel, stride = 1, padding = 0, axes }: ConvLayerOptions): void {
  const perAxis = [stride, padding, axes].filter((values) => typeof values === "object");
  for (const { length } of perAxis) {
    if (length !== kernel.length) {
      throw new ShapeError(
        `conv: ${length} values were given for the ${kernel.length} axes of kernel ${show(kernel)}`,
      );
    }
  }
  for (const taps of kernel) checkWhole("conv", "a size of the kernel", taps, 1);
  for (const step of [stride].flat()) checkWhole("conv", "a stride", step, 1);
  for (const zeros of [padding].flat(2)) checkWhole("conv", "a padding", zeros);
  for (const axis of axes ?? []) checkWhole("conv", "an axis of the kernel", axis, 2);
}

/** The padding without the zeros in front of axis 2, which what stands before has to be as long as. */
function behindOnly(
  [first = 0, ...rest]: readonly Padding[],
  before: Tensor,
  upsample: readonly number[] = [],
): Padding[] {
  const [front, behind] = typeof first === "number" ? [first, first] : first;
  const given = before.shape[2]! * (upsample.includes(2) ? 2 : 1);
  if (given !== front) {
    throw new ShapeError(
      `conv: ${show(before.shape)} stands for ${given} on axis 2, where the layer has ${front} zeros in front`,
    );
  }
  return [[0, behind], ...rest];
}
