import type { Activation } from "../backend.ts";
import { checkRoom, checkSpace } from "../checks.ts";
import { derivative } from "../derive.ts";
import { E, input, substitute, type Expr } from "../expr.ts";
import { isRecording, noGrad } from "../recording.ts";
import { axesOf, sizeOf } from "../shape.ts";
import { recordNode, type Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { formula, sumTo } from "./formula.ts";
import { mean } from "./sum.ts";

/** The mean and the biased variance of x over `axes`, kept with size 1. */
export interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

const [x0, x1, x2, x3, x4, x5, x6] = [0, 1, 2, 3, 4, 5, 6].map(input) as [
  Expr,
  Expr,
  Expr,
  Expr,
  Expr,
  Expr,
  Expr,
];

/** The mean and the biased variance of x over `axes`; default: all. */
export function moments(x: Tensor, axes?: number | readonly number[]): Moments {
  const named = axesOf("moments", x.shape, axes);
  checkSpace("moments", x.shape);
  const centre = mean(x, named, { keepDims: true });
  const distance = E.sub(x0, x1);
  const scale = 1 / sizeOf(named.map((axis) => x.shape[axis]!));
  const variance = formula({
    op: "moments",
    inputs: [x, centre],
    expr: E.mul(E.mul(distance, distance), scale),
    space: x.shape,
    shape: centre.shape,
  });
  const isOfNothing = named.some((axis) => x.shape[axis] === 0);
  return { mean: centre, variance: isOfNothing ? full(variance.shape, NaN, x.backend) : variance };
}

/** (x − mean) / √(variance + eps) of the first three inputs. */
const standardized = (eps: number): Expr => E.div(E.sub(x0, x1), E.sqrt(E.add(x2, eps)));

/** (x − mean) / √(variance + eps) · weight + bias of the first five. */
const scaled = (eps: number): Expr => E.add(E.mul(standardized(eps), x3), x4);

const activations: Readonly<Record<Activation, (x: Expr) => Expr>> = {
  none: (x) => x,
  silu: (x) => E.mul(x, E.sigmoid(x)),
};
/** activation((x − mean) / √(variance + eps) · weight + bias), everything broadcast to x. */
export function affine(
  x: Tensor,
  { mean, variance }: Moments,
  weight: Tensor,
  bias: Tensor,
  { op, eps, activation }: Pick<Normalization, "op" | "eps" | "activation">,
): Tensor {
  const expr = activations[activation](scaled(eps));
  const inputs = [x, mean, variance, weight, bias];
  return formula({ op, inputs, expr, space: x.shape, shape: x.shape });
}

/** What `normalize` does to x. */
export interface Normalization {
  /** The op that it stands for, which errors name. */
  readonly op: string;
  /** Axes whose elements share a mean and a variance. */
  readonly axes: readonly number[];
  /** Broadcast to x, as the bias. */
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly eps: number;
  readonly activation: Activation;
  readonly kernels?: NormKernels | undefined;
}

/** Shorter ways than through moments, where there are some. */
export interface NormKernels {
  forward(): Tensor;
  /** The gradients for x, and for the weight and the bias, given that of the result. */
  readonly backward?:
    ((dy: Tensor) => readonly [x: Tensor, weight: Tensor, bias: Tensor]) | undefined;
}

/** activation(x with mean 0 and variance 1 over `axes`, times weight, plus bias). */
export function normalize(x: Tensor, options: Normalization): Tensor {
  const { op, axes, weight, bias, activation, kernels } = options;
  checkRoom(op, x.backend, x.shape);
  checkSpace(op, x.shape);
  const known = kernels ? undefined : moments(x, axes);
  const run = (): Tensor =>
    noGrad(() => kernels?.forward() ?? affine(x, known!, weight, bias, options));
  const y = run();
  return recordNode(y.block, y.view, {
    inputs: [x, weight, bias],
    again: () => run().block,
    backward(dy, isNeeded) {
      const [dx, dWeight, dBias] = isNeeded;
      // What a kernel computes has no gradient itself.
      if (kernels?.backward && !isRecording()) {
        return kernels.backward(dy).map((gradient, i) => {
          if (!isNeeded[i]) gradient.free();
          return isNeeded[i] ? gradient : null;
        });
      }
      const { mean, variance } = known ?? moments(x, axes);
      const inputs = [x, mean, variance, weight, bias];
      const dh = activation === "none" ? dy : beforeActivation(inputs, dy, options);
      return [
        dx ? toInput(inputs, dh, options) : null,
        dWeight ? toWeight(inputs, dh, options) : null,
        dBias ? sumTo(dh, bias.shape) : null,
      ];
    },
  });
}

function beforeActivation(
  inputs: readonly Tensor[],
  dy: Tensor,
  { op, eps, activation }: Normalization,
): Tensor {
  const slope = substitute(derivative(activations[activation](x0), 0), [scaled(eps)]);
  const space = dy.shape;
  return formula({ op, inputs: [...inputs, dy], expr: E.mul(slope, x5), space, shape: space });
}

// dx = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + eps) with g = dh · weight: three kernels where the chain rule needs ten.
function toInput(inputs: readonly Tensor[], dh: Tensor, { op, axes, eps }: Normalization): Tensor {
  const [x, mean, variance, weight] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const operands = [x, mean, variance, dh, weight];
  const space = x.shape;
  const scale = 1 / sizeOf(axes.map((axis) => space[axis]!));
  const hat = standardized(eps);
  const g = E.mul(x3, x4);
  const { shape } = mean;
  const a = formula({ op, inputs: operands, expr: E.mul(g, scale), space, shape });
  const b = formula({ op, inputs: operands, expr: E.mul(E.mul(g, hat), scale), space, shape });
  const expr = E.div(E.sub(E.sub(g, x5), E.mul(hat, x6)), E.sqrt(E.add(x2, eps)));
  return formula({ op, inputs: [...operands, a, b], expr, space, shape: space });
}

function toWeight(
  inputs: readonly Tensor[],
  dh: Tensor,
  { op, weight, eps }: Normalization,
): Tensor {
  const expr = E.mul(standardized(eps), x3);
  const operands = [...inputs.slice(0, 3), dh];
  return formula({ op, inputs: operands, expr, space: dh.shape, shape: weight.shape });
}
