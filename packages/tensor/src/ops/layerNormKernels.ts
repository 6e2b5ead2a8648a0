import type { NormSettings, Source, Storage } from "../backend.ts";
import { Block } from "../block.ts";
import { precisionOn } from "../precision.ts";
import { Tensor } from "../tensor.ts";
import { dense, permuteView, shapeOf } from "../view.ts";
import { contiguous } from "./copy.ts";
import { commonBackend } from "./formula.ts";
import { reshape, slice } from "./movement.ts";
import type { NormKernels } from "./normalize.ts";

/** The kernels of its own that layer norm has where channels are contiguous, on a backend that has them. */
export function layerNormKernels(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  settings: NormSettings,
): NormKernels | undefined {
  const backend = commonBackend([x, weight, bias]);
  const { layerNorm: whole, layerNormGradients: gradients } = backend;
  if (!whole || x.view.axes[1]!.stride !== 1) return undefined;
  const order = [...x.shape.map((_, axis) => axis).toSpliced(1, 1), 1];
  const inverse = order.map((_, axis) => order.indexOf(axis));
  const view = permuteView(x.view, order);
  const given = (): [Source, Source, Source] => [x.source(view), weight.source(), bias.source()];
  const result = settings.activation === "none" ? "f32" : precisionOn(backend);
  const likeX = (storage: Storage): Tensor =>
    new Tensor(new Block(backend, storage), permuteView(dense(shapeOf(view)), inverse));
  const slope = (dy: Tensor): Source => dy.source(permuteView(dy.view, order));
  return {
    forward: () => likeX(whole.call(backend, ...given(), { ...settings, result })),
    backward:
      gradients &&
      ((dy) => {
        const [dx, affine] = gradients.call(backend, ...given(), slope(dy), settings);
        const both = new Tensor(new Block(backend, affine), dense([2, x.shape[1]!]));
        // Each in memory of its own, as each is freed by itself.
        const one = (row: number): Tensor =>
          reshape(contiguous(slice(both, 0, row, row + 1)), [
            x.shape[1]!,
            ...x.shape.slice(2).map(() => 1),
          ]);
        const [dWeight, dBias] = [one(0), one(1)];
        both.free();
        return [likeX(dx), dWeight, dBias];
      }),
  };
}
