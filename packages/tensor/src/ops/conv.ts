import type { ConvAxis, ConvGeometry } from "../backend.ts";
import { checkRoom, checkSpace } from "../checks.ts";
import { E } from "../expr.ts";
import { precisionOn } from "../precision.ts";
import { axesOf, checkShape, sameShape, ShapeError, show, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./concat.ts";
import { convFused } from "./convFused.ts";
import { convGeometry, type ConvSteps } from "./convGeometry.ts";
import { convolve } from "./convolve.ts";
import { add, elementwise } from "./elementwise.ts";
import { commonBackend } from "./formula.ts";
import { permute, reshape } from "./movement.ts";
import { upsampleNearest } from "./upsample.ts";

/** Options of `conv`. */
export interface ConvOptions extends ConvSteps {
  /** Added to every output of its channel, `[o]`. */
  readonly bias?: Tensor | undefined;
  /** What stands in front of x on its first spatial axis, `[n, c, b, …]`: x is read as if it began with it. */
  readonly before?: Tensor | undefined;
  /** Spatial axes of x on which every element is read twice, as `upsampleNearest` does, and of `before` too. */
  readonly upsample?: readonly number[] | undefined;
  /** Added to the result, `[n, o, …]`; it may be half as long on the axes that `upsample` names, and is upsampled then. */
  readonly residual?: Tensor | undefined;
  /** How much of the result is the residual, α `[1]`: (1 − α) · convolution + α · residual. */
  readonly mix?: Tensor | undefined;
}

/**
 * The convolution (cross-correlation) of x `[n, c, …]` with w `[o, c, …]` over 1 to 3 spatial axes, `[n, o, …]`. The result lies
 * channels last in memory. A backend that has a kernel for all of it (`convFused`) computes the options in the same pass.
 */
export function conv(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  const { bias, before, residual, mix } = options;
  const doubled = doubledAxes(options.upsample ?? [], x.shape);
  if (before) checkBefore(before, x);
  const lengths = x.shape.map((size, axis) => {
    const whole = axis === 2 && before ? size + before.shape[2]! : size;
    return doubled.includes(axis) ? 2 * whole : whole;
  });
  const geometry = convGeometry(checkShape("conv", lengths), w.shape, options);
  const rank = x.shape.length;
  const shape = checkShape("conv", [
    x.shape[0]!,
    w.shape[0]!,
    ...geometry.slice(5 - rank).map(({ out }) => out),
  ]);
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== w.shape[0])) {
    throw new ShapeError(
      `conv: bias ${show(bias.shape)} does not fit the ${w.shape[0]} outputs of weight ${show(w.shape)}`,
    );
  }
  if (doubled.length > 0 && geometry.some(({ stride, dilation }) => stride * dilation > 1)) {
    throw new ShapeError("conv: what is upsampled takes stride 1 and dilation 1");
  }
  if (residual) checkResidual(residual, shape, doubled);
  if (mix && (!residual || !sameShape(mix.shape, [1]))) {
    throw new ShapeError(
      `conv: mix ${show(mix.shape)} has to be [1], the share of a residual that is given`,
    );
  }
  const given = [x, w, bias, before, residual, mix].filter((tensor) => tensor !== undefined);
  const backend = commonBackend(given);
  checkRoom("conv", backend, shape);
  checkSpace("conv", [...x.shape.slice(0, 2), ...geometry.map(reachOf)]);
  checkSpace("conv", w.shape);
  const launch = backend.convFused?.bind(backend);
  const isSpecial = before ?? residual ?? doubled[0];
  if (!launch || isSpecial === undefined || rank !== 5) return composed(x, w, geometry, options);
  const y = convFused(launch, channelsLast(x), channelsLast(w), geometry, {
    bias,
    before: before && channelsLast(before),
    residual: residual && channelsLast(residual),
    mix,
    repeat: [2, 3, 4].map((axis) => (doubled.includes(axis) ? 2 : 1)),
  });
  return permute(y, [0, 4, 1, 2, 3]);
}

/** Inputs along an axis that taps reach, with the zeros around them. */
function reachOf({ in: length, taps, out, stride, dilation, padding }: ConvAxis): number {
  return Math.max(padding + length, (out - 1) * stride + (taps - 1) * dilation + 1);
}

const mixed = elementwise((y, residual, mix) =>
  E.add(E.mul(E.sub(1, mix!), y!), E.mul(mix!, residual!)),
);

/** The same from ops that every backend has. */
function composed(
  x: Tensor,
  w: Tensor,
  geometry: ConvGeometry,
  { bias, before, upsample = [], residual, mix }: ConvOptions,
): Tensor {
  const whole = before ? concat([before, x], 2) : x;
  const format = precisionOn(x.backend);
  const convolved = convolve(
    channelsLast(upsampleNearest(whole, upsample)),
    channelsLast(w),
    bias,
    geometry,
    { operands: format, result: format },
  );
  const last = permute(convolved, [0, 4, 1, 2, 3]);
  const y = reshape(last, [...last.shape.slice(0, 2), ...last.shape.slice(7 - x.shape.length)]);
  if (!residual) return y;
  const short = upsample.filter((axis) => residual.shape.at(axis) !== y.shape.at(axis));
  const other = upsampleNearest(residual, short);
  return mix ? mixed(y, other, mix) : add(y, other);
}

/** `[n, c, …]` with up to 3 spatial axes as `[n, t, h, w, c]`: a view. */
function channelsLast(x: Tensor): Tensor {
  const [n, c, ...spatial] = x.shape as [number, number, ...number[]];
  while (spatial.length < 3) spatial.unshift(1);
  return permute(reshape(x, [n, c, ...spatial]), [0, 2, 3, 4, 1]);
}

function doubledAxes(axes: readonly number[], shape: Shape): number[] {
  const sorted = axesOf("conv", shape, axes);
  if (sorted.every((axis) => axis > 1)) return sorted;
  throw new ShapeError(`conv: axis ${sorted[0]} of input ${show(shape)} is not spatial`);
}

function checkBefore(before: Tensor, x: Tensor): void {
  const needed = x.shape.map((size, axis) => (axis === 2 ? (before.shape[2] ?? 0) : size));
  if (x.shape.length >= 3 && sameShape(before.shape, needed)) return;
  throw new ShapeError(
    `conv: ${show(before.shape)} does not stand before input ${show(x.shape)}; only axis 2 may differ`,
  );
}

function checkResidual(residual: Tensor, shape: Shape, doubled: readonly number[]): void {
  const fits =
    residual.shape.length === shape.length &&
    residual.shape.every(
      (size, axis) => size === shape[axis] || (doubled.includes(axis) && 2 * size === shape[axis]),
    );
  if (fits) return;
  throw new ShapeError(`conv: residual ${show(residual.shape)} does not fit result ${show(shape)}`);
}
