import { Conv, disposeWeights } from "@vidtok/nn";
import { avgPool, chain, mean, ShapeError, show, type Tensor } from "@vidtok/tensor";
import { FEATURES, SIDE } from "./clipSize.ts";
import { Mixed, poolSame, Unit } from "./i3dLayers.ts";

/** Frames of the shortest clip that leaves two steps for the last pooling. */
const SHORTEST = 9;

/** Inflated 3D Inception (Carreira & Zisserman 2017) up to the logits of Kinetics-400, with the parameter names of its PyTorch port. */
export class I3d {
  readonly Conv3d_1a_7x7 = new Unit(3, 64, 7, 2);
  readonly Conv3d_2b_1x1 = new Unit(64, 64, 1);
  readonly Conv3d_2c_3x3 = new Unit(64, 192, 3);
  readonly Mixed_3b = new Mixed(192, [64, 96, 128, 16, 32, 32]);
  readonly Mixed_3c = new Mixed(256, [128, 128, 192, 32, 96, 64]);
  readonly Mixed_4b = new Mixed(480, [192, 96, 208, 16, 48, 64]);
  readonly Mixed_4c = new Mixed(512, [160, 112, 224, 24, 64, 64]);
  readonly Mixed_4d = new Mixed(512, [128, 128, 256, 24, 64, 64]);
  readonly Mixed_4e = new Mixed(512, [112, 144, 288, 32, 64, 64]);
  readonly Mixed_4f = new Mixed(528, [256, 160, 320, 32, 128, 128]);
  readonly Mixed_5b = new Mixed(832, [256, 160, 320, 32, 128, 128]);
  readonly Mixed_5c = new Mixed(832, [384, 192, 384, 48, 128, 128]);
  readonly logits = { conv3d: new Conv(1024, FEATURES, { kernel: [1, 1, 1] }) };

  /** Clips `[n, 3, t, 224, 224]` in [-1, 1] of at least 9 frames to logits `[n, 400]`, averaged over time. */
  forward(x: Tensor): Tensor {
    const [, c, t = 0, h, w] = x.shape;
    if (x.shape.length !== 5 || c !== 3 || t < SHORTEST || h !== SIDE || w !== SIDE) {
      throw new ShapeError(
        `i3d: clips ${show(x.shape)} must be [n, 3, t, ${SIDE}, ${SIDE}] of at least ${SHORTEST} frames`,
      );
    }
    return chain(x, [
      (y) => this.Conv3d_1a_7x7.forward(y),
      poolSame([1, 3, 3], [1, 2, 2]),
      (y) => this.Conv3d_2b_1x1.forward(y),
      (y) => this.Conv3d_2c_3x3.forward(y),
      poolSame([1, 3, 3], [1, 2, 2]),
      (y) => this.Mixed_3b.forward(y),
      (y) => this.Mixed_3c.forward(y),
      poolSame([3, 3, 3], [2, 2, 2]),
      (y) => this.Mixed_4b.forward(y),
      (y) => this.Mixed_4c.forward(y),
      (y) => this.Mixed_4d.forward(y),
      (y) => this.Mixed_4e.forward(y),
      (y) => this.Mixed_4f.forward(y),
      poolSame([2, 2, 2], [2, 2, 2]),
      (y) => this.Mixed_5b.forward(y),
      (y) => this.Mixed_5c.forward(y),
      (y) => avgPool(y, { kernel: [2, 7, 7], stride: 1 }),
      (y) => this.logits.conv3d.forward(y),
      (y) => mean(y, [2, 3, 4]),
    ]);
  }

  /**
   * Frees the weights, with what the backend keeps for them; whatever uses the net afterwards is an
   * error.
   */
  dispose(): void {
    disposeWeights(this, "I3d: disposed; load a new one with loadI3d");
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
