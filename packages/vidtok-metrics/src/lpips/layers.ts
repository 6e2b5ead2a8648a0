import { Conv } from "@vidtok/nn";
import { concat, forwardScope, maxPool, pad, relu, type Tensor } from "@vidtok/tensor";

/** One entry of a torchvision `features` sequence, `[n, c, h, w]` to `[n, c, h, w]`. */
export interface Layer {
  forward(x: Tensor): Tensor;
}

/** Layers by their index in the sequence. */
export type Slice = Readonly<Record<number, Layer>>;

/** A net cut behind the layers whose outputs are compared: `slice1`, `slice2` …, numbered on across slices. */
export type Backbone = Readonly<Record<string, Slice>>;

/** max(x, 0). */
export const rectify: Layer = { forward: relu };

/** A convolution with the same kernel and padding on both axes. */
export function convolution(
  inChannels: number,
  outChannels: number,
  size: number,
  padding: number,
  stride = 1,
): Conv {
  return new Conv(inChannels, outChannels, { kernel: [size, size], padding, stride });
}

/** A max-pooling of windows every 2 pixels; windows that stick out count with `hangs`, else they are left out. */
export function pooling(size: 2 | 3, hangs = false): Layer {
  return {
    forward(x) {
      // What is pooled comes out of a rectifier: zeros behind the border never win.
      const padded = hangs ? [2, 3].reduce((y, axis) => pad(y, axis, 0, overhang(y, axis)), x) : x;
      return maxPool(padded, { kernel: size, stride: 2 });
    },
  };
  function overhang({ shape }: Tensor, axis: number): number {
    const length = shape[axis]!;
    return Math.max(0, Math.ceil((length - size) / 2) * 2 + size - length);
  }
}

/** SqueezeNet's fire module: 1x1 down, then 1x1 and 3x3 up side by side. */
export class Fire {
  readonly squeeze: Conv;
  readonly expand1x1: Conv;
  readonly expand3x3: Conv;

  constructor(inChannels: number, squeezed: number, expanded: number) {
    this.squeeze = convolution(inChannels, squeezed, 1, 0);
    this.expand1x1 = convolution(squeezed, expanded, 1, 0);
    this.expand3x3 = convolution(squeezed, expanded, 3, 1);
  }

  forward(x: Tensor): Tensor {
    return forwardScope(() => {
      const y = relu(this.squeeze.forward(x));
      return relu(concat([this.expand1x1.forward(y), this.expand3x3.forward(y)], 1));
    });
  }
}
