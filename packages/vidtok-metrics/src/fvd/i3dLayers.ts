import { BatchNorm, Conv } from "@vidtok/nn";
import { chain, concat, forwardScope, maxPool, pad, relu, type Tensor } from "@vidtok/tensor";

// The statistics were learned in TensorFlow with this, not with PyTorch's 1e-5.
const EPSILON = 1e-3;

/** Sizes along t, h and w. */
export type Sizes = readonly [t: number, h: number, w: number];

/** `[n, c, t, h, w]` with the zeros around that TensorFlow's "same" asks for: outputs are ⌈size / stride⌉, odd zeros go behind. */
export function padSame(x: Tensor, kernel: Sizes, stride: Sizes): Tensor {
  return kernel.reduce((y, taps, i) => {
    const step = stride[i]!;
    const rest = x.shape[i + 2]! % step;
    const zeros = Math.max(taps - (rest === 0 ? step : rest), 0);
    const before = Math.floor(zeros / 2);
    return pad(y, i + 2, before, zeros - before);
  }, x);
}

/** Max-pooling with "same" padding; its zeros count, and what is pooled is never below 0. */
export function poolSame(kernel: Sizes, stride: Sizes): (x: Tensor) => Tensor {
  return (x) => maxPool(padSame(x, kernel, stride), { kernel, stride });
}

/** A convolution without bias, batch normalisation with stored statistics, max(x, 0). */
export class Unit {
  readonly conv3d: Conv;
  readonly bn: BatchNorm;
  readonly #kernel: Sizes;
  readonly #stride: Sizes;

  constructor(inChannels: number, outChannels: number, size: number, step = 1) {
    this.#kernel = [size, size, size];
    this.#stride = [step, step, step];
    // Without a stride the zeros are the same on both ends, whatever the input's size.
    const padding = step === 1 ? (size - 1) / 2 : 0;
    const options = { kernel: this.#kernel, stride: this.#stride, padding, bias: false };
    this.conv3d = new Conv(inChannels, outChannels, options);
    this.bn = new BatchNorm(outChannels, { eps: EPSILON });
  }

  forward(x: Tensor): Tensor {
    const isStrided = this.#stride[0] > 1;
    return chain(x, [
      (y) => this.conv3d.forward(isStrided ? padSame(y, this.#kernel, this.#stride) : y),
      (y) => this.bn.forward(y),
      relu,
    ]);
  }
}

/** Output channels of the units of a `Mixed`: b0, b1a, b1b, b2a, b2b, b3b. */
export type MixedChannels = readonly [number, number, number, number, number, number];

const poolAround = poolSame([3, 3, 3], [1, 1, 1]);

/** Inception's block: four branches of 1x1x1 and 3x3x3 units, side by side. */
export class Mixed {
  readonly b0: Unit;
  readonly b1a: Unit;
  readonly b1b: Unit;
  readonly b2a: Unit;
  readonly b2b: Unit;
  readonly b3b: Unit;

  constructor(inChannels: number, [b0, b1a, b1b, b2a, b2b, b3b]: MixedChannels) {
    this.b0 = new Unit(inChannels, b0, 1);
    this.b1a = new Unit(inChannels, b1a, 1);
    this.b1b = new Unit(b1a, b1b, 3);
    this.b2a = new Unit(inChannels, b2a, 1);
    this.b2b = new Unit(b2a, b2b, 3);
    this.b3b = new Unit(inChannels, b3b, 1);
  }

  forward(x: Tensor): Tensor {
    return forwardScope(() =>
      concat(
        [
          this.b0.forward(x),
          this.b1b.forward(this.b1a.forward(x)),
          this.b2b.forward(this.b2a.forward(x)),
          this.b3b.forward(poolAround(x)),
        ],
        1,
      ),
    );
  }
}
