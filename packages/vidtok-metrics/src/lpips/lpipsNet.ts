import { Conv, disposeWeights, Parameter, parameters } from "@vidtok/nn";
import {
  add,
  chain,
  div,
  E,
  elementwise,
  forwardScope,
  noGrad,
  ShapeError,
  show,
  square,
  sum,
  type Expr,
  type Tensor,
} from "@vidtok/tensor";
import { backbones, type BackboneName } from "./backbones.ts";
import type { Backbone } from "./layers.ts";

// Mean and spread per colour that frames in [-1, 1] are normalised with.
const SHIFT = [-0.03, -0.088, -0.188];
const SCALE = [0.458, 0.448, 0.45];
const EPSILON = 1e-10;
// Keeps the slope of the root finite where every channel is 0; what it does to the root is far below EPSILON.
const TINY = 1e-30;

const scaled = elementwise((x, shift, scale) => E.div(E.sub(x!, shift!), scale!));

const unit = (x: Expr, squares: Expr): Expr =>
  E.div(x, E.add(E.sqrt(E.max(squares, TINY)), EPSILON));

/** weight · (x̂ − ŷ)² for features of unit length across channels. */
const weighted = elementwise((x, xSquares, y, ySquares, weight) => {
  const distance = E.sub(unit(x!, xSquares!), unit(y!, ySquares!));
  return E.mul(weight!, E.mul(distance, distance));
});

/** The learned weight of each channel of one slice. */
class Head {
  readonly model: { readonly 1: Conv };

  constructor(channels: number) {
    this.model = { 1: new Conv(channels, 1, { kernel: [1, 1], bias: false }) };
  }

  /** Features `[n, c, h, w]` of two frames to a distance `[n, 1, 1, 1]`. */
  forward(x: Tensor, y: Tensor): Tensor {
    return forwardScope(() => {
      const squares = (f: Tensor): Tensor => sum(square(f), 1, { keepDims: true });
      const weight = this.model[1].weight.value;
      const terms = weighted(x, squares(x), y, squares(y), weight);
      const positions = x.shape[2]! * x.shape[3]!;
      return div(sum(terms, [1, 2, 3], { keepDims: true }), positions);
    });
  }
}

/**
 * Learned perceptual distance (LPIPS 0.1) of frames, with the parameter names of the original: a frozen net whose features are compared
 * in five or seven depths. It has no training mode, so its dropout is always off.
 */
export class Lpips {
  readonly scaling_layer = {
    shift: new Parameter([1, 3, 1, 1], () => Float32Array.from(SHIFT), "buffer"),
    scale: new Parameter([1, 3, 1, 1], () => Float32Array.from(SCALE), "buffer"),
  };
  readonly net: Backbone;
  readonly lin0: Head | undefined;
  readonly lin1: Head | undefined;
  readonly lin2: Head | undefined;
  readonly lin3: Head | undefined;
  readonly lin4: Head | undefined;
  // Only squeeze is compared in seven depths.
  readonly lin5: Head | undefined;
  readonly lin6: Head | undefined;
  readonly backbone: BackboneName;

  constructor(backbone: BackboneName = "vgg") {
    const { build, channels } = backbones[backbone];
    this.backbone = backbone;
    this.net = build();
    const [lin0, lin1, lin2, lin3, lin4, lin5, lin6] = channels.map((count) => new Head(count));
    this.lin0 = lin0;
    this.lin1 = lin1;
    this.lin2 = lin2;
    this.lin3 = lin3;
    this.lin4 = lin4;
    this.lin5 = lin5;
    this.lin6 = lin6;
    for (const parameter of parameters(this).values()) parameter.trainable = false;
  }

  get #heads(): readonly Head[] {
    const { lin0, lin1, lin2, lin3, lin4, lin5, lin6 } = this;
    return [lin0, lin1, lin2, lin3, lin4, lin5, lin6].filter((head) => head !== undefined);
  }

  /**
   * The distances `[n, 1, 1, 1]` of frames `b` from frames `a`, both `[n, 3, h, w]` in [-1, 1]. Only `b` has a gradient: of `a` nothing is
   * kept but its features. `compare(features(a), features(b))` has both.
   */
  forward(a: Tensor, b: Tensor): Tensor {
    if (a.shape.join() !== b.shape.join()) {
      throw new ShapeError(`lpips: a is ${show(a.shape)} but b is ${show(b.shape)}`);
    }
    return forwardScope(() =>
      this.compare(
        noGrad(() => this.features(a)),
        this.features(b),
      ),
    );
  }

  /** What each slice makes of frames `[n, 3, h, w]` in [-1, 1]. */
  features(x: Tensor): readonly Tensor[] {
    const { smallest } = backbones[this.backbone];
    if (x.shape.length !== 4 || x.shape[1] !== 3 || Math.min(x.shape[2]!, x.shape[3]!) < smallest) {
      throw new ShapeError(
        `lpips: frames ${show(x.shape)} must be [n, 3, h, w] of at least ${smallest} x ${smallest} pixels for ${this.backbone}`,
      );
    }
    return forwardScope(() => {
      const { shift, scale } = this.scaling_layer;
      let y = scaled(x, shift.value, scale.value);
      return Object.values(this.net).map((slice) => {
        const layers = Object.values(slice).map((layer) => (f: Tensor) => layer.forward(f));
        return (y = chain(y, layers));
      });
    });
  }

  /** The distances `[n, 1, 1, 1]` of frames with the given features. */
  compare(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
    return forwardScope(() =>
      this.#heads.map((head, k) => head.forward(a[k]!, b[k]!)).reduce((x, y) => add(x, y)),
    );
  }

  /**
   * Frees the weights, with what the backend keeps for them; whatever uses the net afterwards is an
   * error.
   */
  dispose(): void {
    disposeWeights(this, "Lpips: disposed; load a new one with loadLpips");
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
