import { chain, slice, tanh } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import { traitsOf, volumeConv } from "./layers/family.ts";
import { Middle } from "./layers/middle.ts";
import { makeNorm } from "./layers/norm.ts";
import type { Norm } from "./layers/norm.ts";
import { ResBlock } from "./layers/resBlock.ts";
import type { Dropout } from "./layers/resBlock.ts";
import { SpatialUp } from "./layers/spatialResample.ts";
import { TemporalUp } from "./layers/temporalResample.ts";
import type { Layer } from "./layers/layer.ts";

interface UpLevel {
  readonly block: readonly ResBlock[];
  readonly upsample: Layer | undefined;
}

/** Latents `[n, z, t', h', w']` to a clip `[n, c, t, h, w]`; nothing limits its values to [-1, 1]. */
export class Decoder {
  readonly conv_in: Layer;
  readonly mid: Middle;
  readonly up: readonly UpLevel[];
  readonly up_temporal: readonly UpLevel[];
  readonly norm_out: Norm;
  readonly conv_out: Layer;
  readonly #config: NetworkConfig;

  constructor(config: NetworkConfig) {
    const traits = traitsOf(config);
    const widths = config.channelMultipliers.map((multiplier) => multiplier * config.channels);
    const first = widths[0] ?? config.channels;
    const last = widths.at(-1) ?? config.channels;
    const blocks = Array.from({ length: config.numResBlocks + 1 }, (_, j) => j);
    this.conv_in = volumeConv(traits, config.zChannels, last);
    this.mid = new Middle(config, last);
    this.up = widths.map((width, level) => {
      const before = widths[level + 1] ?? last;
      return {
        block: blocks.map((j) => new ResBlock(config, "frame", j === 0 ? before : width, width)),
        upsample: config.spatialUp.includes(level) ? new SpatialUp(config, width) : undefined,
      };
    });
    this.up_temporal = widths.map((width, level) => ({
      block: blocks.map(() => new ResBlock(config, "time", width, width)),
      upsample: config.tempoUp.includes(level) ? new TemporalUp(config, width) : undefined,
    }));
    this.norm_out = makeNorm(config.normType, first, traits.volumeDomain);
    this.conv_out = volumeConv(traits, first, config.outChannels);
    this.#config = config;
  }

  forward(z: Tensor, dropout?: Dropout): Tensor {
    const levels = this.up.map(({ block, upsample }, level) => {
      const time = this.up_temporal[level]!;
      const pairs = block.flatMap((frame, j) => [
        (h: Tensor) => frame.forward(h, dropout),
        (h: Tensor) => time.block[j]!.forward(h, dropout),
      ]);
      // Time doubles only where space does; the weights of other levels exist but do nothing.
      const up = upsample ? [upsample, time.upsample].filter((layer) => layer !== undefined) : [];
      return [...pairs, ...up.map((layer) => (h: Tensor) => layer.forward(h))];
    });
    return chain(z, [
      (h) => this.conv_in.forward(h),
      ...this.mid.stages(dropout),
      ...levels.reverse().flat(),
      ...this.#ending(),
      (h) => this.#trim(h),
    ]);
  }

  #ending(): ((h: Tensor) => Tensor)[] {
    if (this.#config.givePreEnd) return [];
    return [
      (h) => this.norm_out.forward(h, "silu"),
      (h) => this.conv_out.forward(h),
      (h) => (this.#config.tanhOut ? tanh(h) : h),
    ];
  }

  #trim(h: Tensor): Tensor {
    const { family, timeDownsampleFactor: f } = this.#config;
    return family === "noncausal" ? h : slice(h, 2, f - 1);
  }
}
