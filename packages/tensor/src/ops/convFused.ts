import type { Backend, ConvGeometry, Precision } from "../backend.ts";
import { Block } from "../block.ts";
import { E } from "../expr.ts";
import { precisionOn } from "../precision.ts";
import { isTraining } from "../recording.ts";
import { recordNode, type Tensor } from "../tensor.ts";
import { dense } from "../view.ts";
import { concat } from "./concat.ts";
import { adjointWeight, convolve, inputGradient, weightGradient } from "./convolve.ts";
import { add, elementwise, sub } from "./elementwise.ts";
import { sumTo } from "./formula.ts";
import { every, reshape, slice, window } from "./movement.ts";
import { pad } from "./pad.ts";
import { sum } from "./sum.ts";
import { upsampleNearest } from "./upsample.ts";

/** What `convFused` computes besides the convolution; everything channels last. */
export interface FusedOptions {
  readonly bias: Tensor | undefined;
  readonly before: Tensor | undefined;
  readonly residual: Tensor | undefined;
  readonly mix: Tensor | undefined;
  /** How often every element is read along each spatial axis, 1 or 2. */
  readonly repeat: readonly number[];
}

const kept = elementwise((dy, mix) => E.mul(E.sub(1, mix!), dy!));
const mixedIn = elementwise((dy, mix) => E.mul(mix!, dy!));
const product = elementwise((a, b) => E.mul(a!, b!));
// Nothing is left of the convolution at α = 1.
const perKept = elementwise((total, mix) => E.div(total!, E.max(E.sub(1, mix!), 2 ** -24)));

/** `conv` of x `[n, t, h, w, c]` with w `[o, kt, kh, kw, c]` by a backend's kernel for all that its options ask. */
export function convFused(
  launch: NonNullable<Backend["convFused"]>,
  x: Tensor,
  w: Tensor,
  geometry: ConvGeometry,
  options: FusedOptions,
): Tensor {
  const { bias, before, residual, mix, repeat } = options;
  const { backend } = x;
  const format = precisionOn(backend);
  const storage = launch(
    x.source(),
    w.source(),
    bias?.source(),
    geometry,
    { operands: format, result: format, isPassing: isTraining() },
    {
      repeat,
      before: before?.source(),
      residual: residual?.source(),
      mix: mix?.source(),
    },
  );
  const block = new Block(backend, storage);
  const view = dense([x.shape[0]!, ...geometry.map(({ out }) => out), w.shape[0]!]);
  const inputs = [x, w, bias, before, residual, mix];
  return recordNode(block, view, {
    inputs: inputs.filter((tensor) => tensor !== undefined),
    backward(dy, isNeeded) {
      const needed = [...isNeeded];
      const [dx, dw, dBias, dBefore, dResidual, dMix] = inputs.map(
        (tensor) => tensor !== undefined && needed.shift(),
      );
      const slope = mix ? kept(dy, mix) : dy;
      const whole = before ? concat([before, x], 1) : x;
      const dWhole =
        dx || dBefore ? repeatedInputGradient(slope, w, geometry, repeat, format) : null;
      const frames = before?.shape[1] ?? 0;
      const isWeighed = dw || dMix;
      const dWeight = isWeighed
        ? repeatedWeightGradient(whole, slope, geometry, repeat, format)
        : null;
      const dShift = bias && (dBias || dMix) ? sum(slope, [0, 1, 2, 3]) : null;
      const all = [
        dx ? slice(dWhole!, 1, frames) : null,
        dw ? dWeight : null,
        dBias ? dShift : null,
        dBefore ? slice(dWhole!, 1, 0, frames) : null,
        dResidual ? foldTo(mix ? mixedIn(dy, mix) : dy, residual!) : null,
        dMix
          ? sub(
              sumTo(product(dy, spreadTo(residual!, dy)), [1]),
              perKept(convolved(w, dWeight!, bias, dShift), mix!),
            )
          : null,
      ];
      return all.filter((_, i) => inputs[i] !== undefined);
    },
  });
}

/**
 * Σ slope · (convolution + bias) from the gradients of weight and bias along that slope: the convolution itself may have been rounded, and
 * what is left of it in the mixed result is too little to tell it from that.
 */
function convolved(
  w: Tensor,
  dWeight: Tensor,
  bias: Tensor | undefined,
  dShift: Tensor | null,
): Tensor {
  // Sums go in the first one's order in memory: the gradient's is always the same, the weight's another after a checkpoint.
  const total = sumTo(product(dWeight, w), [1]);
  return bias && dShift ? add(total, sumTo(product(bias, dShift), [1])) : total;
}

/** The axes of x, each cut into its pairs where it is twice as long as `other`'s. */
const pairsOf = (x: Tensor, other: Tensor): number[] =>
  x.shape.flatMap((size, axis) => (size === other.shape[axis] ? [size] : [size / 2, 2]));

/** The sum of what an upsampled tensor repeats: the gradient of upsampling `other` to x's shape. */
function foldTo(x: Tensor, other: Tensor): Tensor {
  const pairs = pairsOf(x, other);
  const ones = x.shape.flatMap((size, axis) => {
    const short = other.shape[axis]!;
    return size === short ? [size] : [short, 1];
  });
  return reshape(sumTo(reshape(x, pairs), ones), other.shape);
}

/** x read as often as it takes to have the shape of `other`. */
function spreadTo(x: Tensor, other: Tensor): Tensor {
  return upsampleNearest(
    x,
    x.shape.flatMap((size, axis) => (size === other.shape[axis] ? [] : [axis])),
  );
}

/**
 * The gradient with respect to the elements that are read `repeat` times: with dx[j] = Σₛ du[r·j + s] over the gradient of the upsampled
 * input, one convolution of stride r with a kernel that is r − 1 taps longer, the sum of the shifted ones.
 */
function repeatedInputGradient(
  dy: Tensor,
  w: Tensor,
  geometry: ConvGeometry,
  repeat: readonly number[],
  format: Precision,
): Tensor {
  if (repeat.every((times) => times === 1)) return inputGradient(dy, w, geometry, format);
  let kernel = adjointWeight(w);
  repeat.forEach((times, i) => {
    const shifted = Array.from({ length: times }, (_, s) => pad(kernel, i + 1, s, times - 1 - s));
    kernel = shifted.reduce((a, b) => add(a, b));
  });
  const strided = geometry.map((axis, i) => ({
    in: axis.out,
    taps: axis.taps + repeat[i]! - 1,
    out: axis.in / repeat[i]!,
    stride: repeat[i]!,
    dilation: 1,
    inputDilation: 1,
    padding: axis.taps - 1 - axis.padding,
  })) as unknown as ConvGeometry;
  return convolve(dy, kernel, undefined, strided, {
    operands: format,
    result: format,
    isPassing: true,
  });
}

/** The gradient with respect to the weight: outputs of one residue meet each input with the same taps, so each residue is a gradient of fewer taps. */
function repeatedWeightGradient(
  x: Tensor,
  dy: Tensor,
  geometry: ConvGeometry,
  repeat: readonly number[],
  format: Precision,
): Tensor {
  const axis = repeat.findIndex((times) => times > 1);
  if (axis < 0) return weightGradient(x, dy, geometry, format);
  const { taps, padding, in: length } = geometry[axis]!;
  const times = repeat[axis]!;
  const parts = Array.from({ length: times }, (_, residue) => {
    const from = Array.from({ length: taps }, (_, k) =>
      Math.floor((residue + k - padding) / times),
    );
    const slope = every(slice(dy, axis + 1, residue), axis + 1, times);
    const merged = geometry.with(axis, {
      in: length / times,
      taps: from.at(-1)! - from[0]! + 1,
      out: slope.shape[axis + 1]!,
      stride: 1,
      dilation: 1,
      inputDilation: 1,
      padding: -from[0]!,
    }) as unknown as ConvGeometry;
    const dw = repeatedWeightGradient(x, slope, merged, repeat.with(axis, 1), format);
    const each = from.map((input) => window(dw, axis + 1, input - from[0]!, input - from[0]! + 1));
    return concat(each, axis + 1);
  });
  return parts.reduce((a, b) => add(a, b));
}
