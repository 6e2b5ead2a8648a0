import type { Activation } from "../backend.ts";
import { checkFinite, checkRoom, checkWhole } from "../checks.ts";
import { ShapeError, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { layerNormKernels } from "./layerNormKernels.ts";
import { reshape } from "./movement.ts";
import { affine, normalize, type Moments } from "./normalize.ts";

/** `[c]` as `[c, 1, …]`, which broadcasts over what lies behind the channels of x. */
function perChannel(op: string, x: Tensor, values: Tensor): Tensor {
  if (x.shape.length < 2) throw new ShapeError(`${op}: ${show(x.shape)} must be [n, c, …]`);
  if (values.shape.length !== 1 || values.shape[0] !== x.shape[1]) {
    throw new ShapeError(
      `${op}: ${show(values.shape)} does not fit the ${x.shape[1]} channels of ${show(x.shape)}`,
    );
  }
  return reshape(values, [values.shape[0]!, ...x.shape.slice(2).map(() => 1)]);
}

/** Options of `layerNorm` and `groupNorm`. */
export interface NormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** What the result goes through, in the same pass; then it is stored in the format that products compute in. Default none. */
  readonly activation?: Activation;
}

/** Layer normalisation of `[n, c, …]` over its channels, at every position alone; weight and bias `[c]`. */
export function layerNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  { eps = 1e-5, activation = "none" }: NormOptions = {},
): Tensor {
  checkFinite("layerNorm", "eps", eps, 0);
  const [w, b] = [weight, bias].map((values) => perChannel("layerNorm", x, values)) as [
    Tensor,
    Tensor,
  ];
  const kernels = layerNormKernels(x, weight, bias, { eps, activation });
  return normalize(x, {
    op: "layerNorm",
    axes: [1],
    weight: w,
    bias: b,
    eps,
    activation,
    kernels,
  });
}

/** Group normalisation of `[n, c, …]` over each of `groups` runs of channels and everything behind; weight and bias `[c]`. */
export function groupNorm(
  x: Tensor,
  groups: number,
  weight: Tensor,
  bias: Tensor,
  { eps = 1e-5, activation = "none" }: NormOptions = {},
): Tensor {
  checkWhole("groupNorm", "the number of groups", groups, 1);
  checkFinite("groupNorm", "eps", eps, 0);
  checkRoom("groupNorm", x.backend, x.shape);
  if (x.shape.length < 2) throw new ShapeError(`groupNorm: ${show(x.shape)} must be [n, c, …]`);
  const [n, c, ...rest] = x.shape as [number, number, ...number[]];
  if (c % groups !== 0) {
    throw new ShapeError(
      `groupNorm: the ${c} channels of ${show(x.shape)} do not divide into ${groups} groups`,
    );
  }
  const split = [groups, c / groups, ...rest];
  const grouped = (values: Tensor): Tensor =>
    reshape(perChannel("groupNorm", x, values), [groups, c / groups, ...rest.map(() => 1)]);
  const y = normalize(reshape(x, [n, ...split]), {
    op: "groupNorm",
    axes: split.slice(1).map((_, i) => i + 2),
    weight: grouped(weight),
    bias: grouped(bias),
    eps,
    activation,
  });
  return reshape(y, x.shape);
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
  const op = "batchNorm";
  checkFinite(op, "eps", eps, 0);
  const spread = (values: Tensor): Tensor => perChannel(op, x, values);
  const scaling = {
    op,
    weight: spread(weight),
    bias: spread(bias),
    eps,
    activation: "none",
  } as const;
  if (!running) {
    return normalize(x, { axes: x.shape.map((_, axis) => axis).toSpliced(1, 1), ...scaling });
  }
  const stats = {
    mean: spread(running.mean),
    variance: spread(running.variance),
  };
  return affine(x, stats, scaling.weight, scaling.bias, scaling);
}
