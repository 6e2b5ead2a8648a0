import { E, input, type Expr } from "../expr.ts";
import { axesOf, ShapeError, show, sizeOf } from "../shape.ts";
import { noGrad } from "../recording.ts";
import { withGradients, type Tensor } from "../tensor.ts";
import { formula, sumTo } from "./formula.ts";
import { reshape } from "./movement.ts";
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
  const centre = mean(x, named, { keepDims: true });
  const distance = E.sub(x0, x1);
  const scale = 1 / sizeOf(named.map((axis) => x.shape[axis]!));
  const variance = formula({
    inputs: [x, centre],
    expr: E.mul(E.mul(distance, distance), scale),
    space: x.shape,
    shape: centre.shape,
  });
  return { mean: centre, variance };
}

/** (x − mean) / √(variance + eps) of the first three inputs. */
const standardized = (eps: number): Expr => E.div(E.sub(x0, x1), E.sqrt(E.add(x2, eps)));

/** (x − mean) / √(variance + eps) · weight + bias, everything broadcast to x. */
export function affine(
  x: Tensor,
  { mean, variance }: Moments,
  weight: Tensor,
  bias: Tensor,
  eps: number,
): Tensor {
  const expr = E.add(E.mul(standardized(eps), x3), x4);
  return formula({
    inputs: [x, mean, variance, weight, bias],
    expr,
    space: x.shape,
    shape: x.shape,
  });
}

/** x with mean 0 and variance 1 over `axes`, times weight, plus bias; both broadcast to x. */
function normalize(
  x: Tensor,
  axes: readonly number[],
  weight: Tensor,
  bias: Tensor,
  eps: number,
): Tensor {
  const stats = moments(x, axes);
  const { mean, variance } = stats;
  const y = noGrad(() => affine(x, stats, weight, bias, eps));
  const hat = standardized(eps);
  const scale = 1 / sizeOf(axes.map((axis) => x.shape[axis]!));
  const inputs = [x, mean, variance];
  // dx = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + eps) with g = dy · weight: three kernels where the chain rule needs ten.
  const dx = (dy: Tensor): Tensor => {
    const space = x.shape;
    const shape = mean.shape;
    const g = E.mul(x3, x4);
    const operands = [...inputs, dy, weight];
    const a = formula({ inputs: operands, expr: E.mul(g, scale), space, shape });
    const b = formula({ inputs: operands, expr: E.mul(E.mul(g, hat), scale), space, shape });
    const expr = E.div(E.sub(E.sub(g, x5), E.mul(hat, x6)), E.sqrt(E.add(x2, eps)));
    return formula({ inputs: [...operands, a, b], expr, space, shape: space });
  };
  const dWeight = (dy: Tensor): Tensor =>
    formula({ inputs: [...inputs, dy], expr: E.mul(hat, x3), space: x.shape, shape: weight.shape });
  return withGradients(y, [x, weight, bias], [dx, dWeight, (dy) => sumTo(dy, bias.shape)]);
}

/** `[c]` as `[c, 1, …]`, which broadcasts over what lies behind the channels of x. */
function perChannel(op: string, x: Tensor, values: Tensor): Tensor {
  if (values.shape.length !== 1 || values.shape[0] !== x.shape[1]) {
    throw new ShapeError(
      `${op}: ${show(values.shape)} does not fit the ${x.shape[1]} channels of ${show(x.shape)}`,
    );
  }
  return reshape(values, [values.shape[0]!, ...x.shape.slice(2).map(() => 1)]);
}

/** Layer normalisation of `[n, c, …]` over its channels, at every position alone; weight and bias `[c]`. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  const [w, b] = [weight, bias].map((values) => perChannel("layerNorm", x, values));
  return normalize(x, [1], w!, b!, eps);
}

/** Group normalisation of `[n, c, …]` over each of `groups` runs of channels and everything behind; weight and bias `[c]`. */
export function groupNorm(
  x: Tensor,
  groups: number,
  weight: Tensor,
  bias: Tensor,
  eps = 1e-5,
): Tensor {
  const [n, c, ...rest] = x.shape as [number, number, ...number[]];
  if (c % groups !== 0) {
    throw new ShapeError(
      `groupNorm: the ${c} channels of ${show(x.shape)} do not divide into ${groups} groups`,
    );
  }
  const split = [groups, c / groups, ...rest];
  const [w, b] = [weight, bias].map((values) =>
    reshape(perChannel("groupNorm", x, values), [groups, c / groups, ...rest.map(() => 1)]),
  );
  const axes = split.slice(1).map((_, i) => i + 2);
  return reshape(normalize(reshape(x, [n, ...split]), axes, w!, b!, eps), x.shape);
}

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** Statistics to use instead of the batch's own, `[c]` each: what evaluation does. */
  readonly running?: Moments;
  /** Default 1e-5. */
  readonly eps?: number;
}

/** Batch normalisation of `[n, c, …]` over all but its channels, with the batch's own statistics or given ones; weight and bias `[c]`. */
export function batchNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  options: BatchNormOptions = {},
): Tensor {
  const { running, eps = 1e-5 } = options;
  const [w, b] = [weight, bias].map((values) => perChannel("batchNorm", x, values));
  if (!running) return normalize(x, x.shape.map((_, axis) => axis).toSpliced(1, 1), w!, b!, eps);
  const stats = {
    mean: perChannel("batchNorm", x, running.mean),
    variance: perChannel("batchNorm", x, running.variance),
  };
  return affine(x, stats, w!, b!, eps);
}
