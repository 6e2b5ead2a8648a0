import { chain, slice, tanh } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import { traitsOf, volumeConv } from "./layers/family.ts";
import { Middle } from "./layers/middle.ts";
import { makeNorm } from "./layers/norm.ts";
import type { Norm } from "./layers/norm.ts";
import { ResBlock } from "./layers/resBlock.ts";
import type { BlockOptions } from "./layers/resBlock.ts";
import { SpatialUp } from "./layers/spatialResample.ts";
import { TemporalUp } from "./layers/temporalResample.ts";
import type { Layer } from "./layers/layer.ts";
import type { Past } from "./layers/past.ts";

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

  forward(z: Tensor, options: BlockOptions = {}): Tensor {
    const { past } = options;
    const levels = this.up.map(({ block, upsample }, level) => {
      const time = this.up_temporal[level]!;
      const pairs = block.flatMap((frame, j) => [
        (h: Tensor) => frame.forward(h, options),
        (h: Tensor) => time.block[j]!.forward(h, options),
      ]);
      const up = [upsample, isTemporalUp(this.#config, level) ? time.upsample : undefined];
      const layers = up.filter((layer) => layer !== undefined);
      return [...pairs, ...layers.map((layer) => (h: Tensor) => layer.forward(h, { past }))];
    });
    return chain(z, [
      (h) => this.conv_in.forward(h, { past }),
      ...this.mid.stages(options),
      ...levels.reverse().flat(),
      ...this.#ending(past),
      (h) => (past && !past.isBeginning ? h : this.#trim(h)),
    ]);
  }

  #ending(past: Past | undefined): ((h: Tensor) => Tensor)[] {
    if (this.#config.givePreEnd) return [];
    return [
      (h) => this.norm_out.forward(h, "silu"),
      (h) => this.conv_out.forward(h, { past }),
      (h) => (this.#config.tanhOut ? tanh(h) : h),
    ];
  }

  #trim(h: Tensor): Tensor {
    const { family, timeDownsampleFactor: f } = this.#config;
    return family === "noncausal" ? h : slice(h, 2, f - 1);
  }
}

/** Whether the decoder doubles time after this level; the weights of a temporal level outside the spatial ones exist but do nothing. */
export function isTemporalUp(config: NetworkConfig, level: number): boolean {
  return config.tempoUp.includes(level) && config.spatialUp.includes(level);
}
