import { Conv } from "@vidtok/nn";
import { avgPool, upsampleNearest } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "../config/modelConfig.ts";
import { frameConv } from "./convs.ts";
import type { Layer } from "./layer.ts";
import { stage } from "./stage.ts";
import type { Stage } from "./stage.ts";

/**
 * Halves height and width (rounding down) with a strided convolution, or with an average of 2 × 2
 * pixels.
 */
export class SpatialDown implements Layer {
  readonly conv: Layer | undefined;

  constructor(config: NetworkConfig, channels: number) {
    // One row of zeros below and one column on the right, none above and on the left.
    const padding = [
      [0, 1],
      [0, 1],
    ] as const;
    this.conv = config.resampleWithConv
      ? new Conv(channels, channels, { kernel: [3, 3], stride: 2, padding })
      : undefined;
  }

  stage(): Stage {
    return stage((x) => this.forward(x), { reach: 1, scale: 1 / 2 });
  }

  forward(x: Tensor): Tensor {
    return this.conv ? this.conv.forward(x) : avgPool(x, { kernel: [1, 2, 2] });
  }
}

/** Doubles height and width by repeating pixels, then convolves each frame. */
export class SpatialUp implements Layer {
  readonly conv: Layer | undefined;

  constructor(config: NetworkConfig, channels: number) {
    this.conv = config.resampleWithConv ? frameConv(channels, channels) : undefined;
  }

  stage(): Stage {
    return stage((x) => this.forward(x), { reach: 1, scale: 2 });
  }

  forward(x: Tensor): Tensor {
    const axes = [3, 4];
    return this.conv ? this.conv.forward(x, { upsample: axes }) : upsampleNearest(x, axes);
  }
}
