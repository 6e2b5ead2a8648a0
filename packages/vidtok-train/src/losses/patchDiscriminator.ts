import { BatchNorm, Conv, normal, uniformFanIn } from "@vidtok/nn";
import { forwardScope, leakyRelu, ShapeError, show } from "@vidtok/tensor";
import type { Moments, Tensor } from "@vidtok/tensor";
import { framesOf } from "./frames.ts";

/** What a discriminator looks at: frame by frame, or whole clips. */
export type DiscriminatorKind = "2d" | "3d";

/** Statistics of a batch at each of a discriminator's batch norms, in order. */
export type BatchStatistics = readonly Moments[];

const WIDTH = 64;
const SLOPE = 0.2;

interface Shape {
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: readonly number[];
  readonly bias: boolean;
}

/**
 * PatchGAN (Isola et al. 2017): a number for each patch of a clip `[n, 3, t, h, w]`, high where it looks real. `2d` gives `[n · t, 1, h', w']` with 4 × 4
 * kernels, `3d` `[n, 1, t', h', w']` with 3 × 3 × 3 ones. Layers have the numbers of the reference's sequence.
 */
export class PatchDiscriminator {
  readonly main: Readonly<Record<number, Conv | BatchNorm>>;
  readonly #kind: DiscriminatorKind;
  /** Pixels that the shorter side of a frame needs at least. */
  readonly #smallest: number;

  constructor(kind: DiscriminatorKind, inChannels = 3, layers = 3) {
    const width = (n: number): number => WIDTH * Math.min(2 ** n, 8);
    // Time is halved by the first two layers only.
    const stride = (n: number): readonly number[] => {
      const space = n < layers ? 2 : 1;
      return kind === "2d" ? [space, space] : [n < Math.min(2, layers) ? 2 : 1, space, space];
    };
    const main: Record<number, Conv | BatchNorm> = {};
    main[0] = convolution(kind, {
      ...{ inputs: inChannels, outputs: WIDTH, stride: stride(0), bias: true },
    });
    for (let n = 1; n <= layers; n++) {
      const shape = { inputs: width(n - 1), outputs: width(n), stride: stride(n), bias: false };
      main[3 * n - 1] = convolution(kind, shape);
      main[3 * n] = new BatchNorm(width(n), { initialiser: normal(1, 0.02) });
    }
    const one = stride(layers).map(() => 1);
    const last = { inputs: width(layers), outputs: 1, stride: one, bias: true };
    main[3 * layers + 2] = convolution(kind, last);
    this.main = main;
    this.#kind = kind;
    // Even kernels with a border of one take one off each of the last two layers; odd ones take nothing.
    this.#smallest = kind === "2d" ? 3 * 2 ** layers : 1;
  }

  /** Evaluation: batch norms use their running statistics. */
  forward(clips: Tensor): Tensor {
    return forwardScope(() => this.#run(clips, (norm, x) => norm.forward(x)));
  }

  /** Training: batch norms use the batch's own statistics, which are handed out for `update`. */
  train(clips: Tensor): { readonly logits: Tensor; readonly statistics: BatchStatistics } {
    return forwardScope(() => {
      const statistics: Moments[] = [];
      const logits = this.#run(clips, (norm, x) => {
        const { y, batch } = norm.train(x);
        statistics.push(batch);
        return y;
      });
      return { logits, statistics };
    });
  }

  /** Counts a batch in the running statistics, and frees what `train` handed out. */
  update(statistics: BatchStatistics): void {
    const norms = Object.values(this.main).filter((layer) => layer instanceof BatchNorm);
    norms.forEach((norm, i) => {
      norm.update(statistics[i]!);
      statistics[i]!.mean.free();
      statistics[i]!.variance.free();
    });
  }

  #run(clips: Tensor, normalise: (norm: BatchNorm, x: Tensor) => Tensor): Tensor {
    if (Math.min(...clips.shape.slice(3)) < this.#smallest) {
      throw new ShapeError(
        `discriminator: clips ${show(clips.shape)} need at least ${this.#smallest} x ${this.#smallest} pixels for ` +
          `disc_type ${this.#kind}; 3d takes smaller ones`,
      );
    }
    const layers = Object.values(this.main);
    const input = this.#kind === "2d" ? framesOf(clips) : clips;
    return layers.reduce((x, layer, i) => {
      if (layer instanceof BatchNorm) return leakyRelu(normalise(layer, x), SLOPE);
      const y = layer.forward(x);
      return i === 0 ? leakyRelu(y, SLOPE) : y;
    }, input);
  }
}

// The weights start as DCGAN's; biases keep PyTorch's default.
function convolution(kind: DiscriminatorKind, { inputs, outputs, stride, bias }: Shape): Conv {
  const kernel = kind === "2d" ? [4, 4] : [3, 3, 3];
  const fanIn = kernel.reduce((product, taps) => product * taps, inputs);
  return new Conv(inputs, outputs, {
    ...{ kernel, stride, padding: 1, bias },
    initialiser: normal(0, 0.02),
    biasInitialiser: uniformFanIn(fanIn),
  });
}
