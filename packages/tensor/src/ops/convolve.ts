import type { ConvFormat, ConvGeometry, Precision } from "../backend.ts";
import { Block } from "../block.ts";
import { isTraining } from "../recording.ts";
import { record, type Tensor } from "../tensor.ts";
import { dense } from "../view.ts";
import { inputGeometry, weightGeometry } from "./convGeometry.ts";
import { commonBackend } from "./formula.ts";
import { flip, permute } from "./movement.ts";
import { sum } from "./sum.ts";

const outputs = (geometry: ConvGeometry): number[] => geometry.map((axis) => axis.out);

/** The convolution of x `[n, t, h, w, c]` with w `[o, kt, kh, kw, c]`, `[n, t, h, w, o]`. */
export function convolve(
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  geometry: ConvGeometry,
  { operands, result, isPassing = isTraining() }: ConvFormat,
): Tensor {
  const backend = commonBackend(bias ? [x, w, bias] : [x, w]);
  const format = { operands, result, isPassing };
  const storage = backend.conv(x.source(), w.source(), bias?.source(), geometry, format);
  const shape = [x.shape[0]!, ...outputs(geometry), w.shape[0]!];
  return record(new Block(backend, storage), dense(shape), bias ? [x, w, bias] : [x, w], [
    (dy) => inputGradient(dy, w, geometry, operands),
    (dy) => weightGradient(x, dy, geometry, operands),
    (dy) => sum(dy, [0, 1, 2, 3]),
  ]);
}

/** The gradient of `convolve` with respect to x. */
export function inputGradient(
  dy: Tensor,
  w: Tensor,
  geometry: ConvGeometry,
  format: Precision,
): Tensor {
  return convolve(dy, adjointWeight(w), undefined, inputGeometry(geometry), {
    operands: format,
    result: format,
    isPassing: true,
  });
}

/** `[o, …, c]` as the weight that goes back: taps back to front, inputs and outputs exchanged. */
export function adjointWeight(w: Tensor): Tensor {
  return permute(flip(flip(flip(w, 1), 2), 3), [4, 1, 2, 3, 0]);
}

/** The gradient of `convolve` with respect to w, which is f32 whatever the operands are rounded to. */
export function weightGradient(
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
      { operands, result: "f32", isPassing: true },
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
      (ddw) =>
        convolve(x, ddw, undefined, geometry, { operands, result: operands, isPassing: true }),
    ],
  );
}
