import { chain, checkpoint, isRecording, mul } from "@vidtok/tensor";
import type { Backend, Shape, Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "../config/modelConfig.ts";
import { traitsOf } from "../families/traitsOf.ts";
import { frameConv, timeConv, volumeConv } from "./convs.ts";
import { makeNorm } from "./norm.ts";
import type { CausalCache } from "./causalCache.ts";
import type { Layer } from "./layer.ts";
import type { Norm } from "./norm.ts";
import { stage } from "./stage.ts";
import type { Stage } from "./stage.ts";

/**
 * Draws what a hidden `[n, c, t, h, w]` is multiplied by in training: 0 or 1 / (1 − p) per element.
 */
export type Dropout = (shape: Shape, backend: Backend) => Tensor;

/** Arguments of a block besides its input. */
export interface BlockOptions {
  readonly dropout?: Dropout | undefined;
  /** Given where x continues a video, or another part of the video follows. */
  readonly cache?: CausalCache | undefined;
}

/** What a residual block convolves: frames, pixels along time, or both at once. */
export type BlockKind = "frame" | "time" | "volume";

/** `shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x))))))`. */
export class ResBlock {
  readonly norm1: Norm;
  readonly conv1: Layer;
  readonly norm2: Norm;
  readonly conv2: Layer;
  readonly nin_shortcut: Layer | undefined;
  readonly #reach: number;
  readonly #outChannels: number;
  readonly #useCheckpoint: boolean;

  constructor(config: NetworkConfig, kind: BlockKind, inChannels: number, outChannels: number) {
    const traits = traitsOf(config);
    const domain = {
      frame: "frame",
      time: traits.timeDomain,
      volume: traits.volumeDomain,
    } as const;
    const norm = (channels: number): Norm => makeNorm(config.normType, channels, domain[kind]);
    const conv = (input: number, isLast: boolean): Layer => {
      if (kind === "frame") return frameConv(input, outChannels);
      // A block along time starts as the identity, so that a model can grow out of an image model.
      if (kind === "time") return timeConv(traits, outChannels, isLast);
      return volumeConv(traits, input, outChannels);
    };
    this.norm1 = norm(inChannels);
    this.conv1 = conv(inChannels, false);
    this.norm2 = norm(outChannels);
    this.conv2 = conv(outChannels, true);
    this.nin_shortcut =
      inChannels === outChannels ? undefined : frameConv(inChannels, outChannels, 1);
    this.#reach = (kind === "time" ? 0 : 2) + this.norm1.reach;
    this.#outChannels = outChannels;
    this.#useCheckpoint = config.useCheckpoint;
  }

  stage(options: BlockOptions): Stage {
    return stage((x, cache) => this.forward(x, { ...options, cache }), { reach: this.#reach });
  }

  forward(x: Tensor, { dropout, cache }: BlockOptions = {}): Tensor {
    // Drawn out here, so that a checkpoint computes again with the same mask.
    const mask = dropout?.(x.shape.with(1, this.#outChannels), x.backend);
    const run = (input: Tensor): Tensor => {
      const shortcut = (): Tensor => this.nin_shortcut?.forward(input) ?? input;
      return chain(input, [
        (h) => this.norm1.forward(h, "silu"),
        (h) => this.conv1.forward(h, { cache }),
        (h) => this.norm2.forward(h, "silu"),
        (h) => (mask ? mul(h, mask) : h),
        (h) => this.conv2.forward(h, { cache, residual: shortcut() }),
      ]);
    };
    return this.#useCheckpoint && isRecording() ? checkpoint(run, x) : run(x);
  }
}
