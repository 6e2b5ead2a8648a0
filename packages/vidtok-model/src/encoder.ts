import { chain, pad } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import { traitsOf } from "./families/traitsOf.ts";
import { volumeConv } from "./layers/convs.ts";
import { Middle } from "./layers/middle.ts";
import { makeNorm } from "./layers/norm.ts";
import type { Norm } from "./layers/norm.ts";
import { ResBlock } from "./layers/resBlock.ts";
import type { BlockOptions } from "./layers/resBlock.ts";
import { SpatialDown } from "./layers/spatialResample.ts";
import { TemporalDown } from "./layers/temporalResample.ts";
import type { Layer } from "./layers/layer.ts";
import type { Segment } from "./layers/segment.ts";
import { runs, stage } from "./layers/stage.ts";

interface DownLevel {
  readonly block: readonly ResBlock[];
  readonly downsample: SpatialDown | TemporalDown | undefined;
}

/** A clip `[n, c, t, h, w]` to moments `[n, z or 2z, t / f, h / s, w / s]`. */
export class Encoder {
  readonly conv_in: Layer;
  readonly down: readonly DownLevel[];
  readonly down_temporal: readonly DownLevel[];
  readonly mid: Middle;
  readonly norm_out: Norm;
  readonly conv_out: Layer;
  readonly #config: NetworkConfig;

  constructor(config: NetworkConfig) {
    const traits = traitsOf(config);
    const widths = config.channelMultipliers.map((multiplier) => multiplier * config.channels);
    const last = widths.at(-1) ?? config.channels;
    const blocks = Array.from({ length: config.numResBlocks }, (_, j) => j);
    this.conv_in = volumeConv(traits, config.inChannels, config.channels);
    this.down = widths.map((width, level) => {
      const before = widths[level - 1] ?? config.channels;
      return {
        block: blocks.map((j) => new ResBlock(config, "frame", j === 0 ? before : width, width)),
        downsample: config.spatialDown.includes(level) ? new SpatialDown(config, width) : undefined,
      };
    });
    this.down_temporal = widths.map((width, level) => ({
      block: blocks.map(() => new ResBlock(config, "time", width, width)),
      downsample: isTemporalDown(config, level) ? new TemporalDown(config, width) : undefined,
    }));
    this.mid = new Middle(config, last);
    this.norm_out = makeNorm(config.normType, last, traits.volumeDomain);
    this.conv_out = volumeConv(traits, last, config.zChannels * (config.doubleZ ? 2 : 1));
    this.#config = config;
  }

  forward(x: Tensor, options: BlockOptions = {}): Tensor {
    const stages = this.segments(options).flatMap((segment) => segment.stages);
    return chain(this.fit(x), runs(stages));
  }

  /**
   * What is done to a clip that fits, one after the other, each level of the pyramid with what
   * leads to the next.
   */
  segments(options: BlockOptions = {}): Segment[] {
    const levels = this.down.map(({ block, downsample }, level): Segment => {
      const time = this.down_temporal[level]!;
      const pairs = block.flatMap((frame, j) => [frame, time.block[j]!]);
      const blocks = pairs.map((each) => each.stage(options));
      const down = [downsample, time.downsample].filter((layer) => layer !== undefined);
      const layers = down.map((layer) => layer.stage());
      return { stages: [...blocks, ...layers], step: time.downsample ? 2 : 1, growth: 1 };
    });
    const ends = [
      ...this.mid.stages(options),
      stage((h) => this.norm_out.forward(h, "silu"), { reach: this.norm_out.reach }),
      stage((h, cache) => this.conv_out.forward(h, { cache }), { reach: 1 }),
    ];
    const begins = stage((h, cache) => this.conv_in.forward(h, { cache }), { reach: 1 });
    return levels.map(({ stages, ...rest }, level) => ({
      ...rest,
      stages: [
        ...(level === 0 ? [begins] : []),
        ...stages,
        ...(level === levels.length - 1 ? ends : []),
      ],
    }));
  }

  /** The clip with frames more in front, so that its length is one that the family encodes. */
  fit(x: Tensor): Tensor {
    const { timeDownsampleFactor, initPadMode } = this.#config;
    const count = traitsOf(this.#config).framesInFront(x.shape[2]!, timeDownsampleFactor);
    if (count === 0) return x;
    return pad(x, 2, count, 0, initPadMode === "constant" ? "zero" : initPadMode);
  }
}

/**
 * Whether the encoder halves time after this level; a temporal level outside the spatial ones does
 * nothing.
 */
export function isTemporalDown(config: NetworkConfig, level: number): boolean {
  return config.tempoDown.includes(level) && config.spatialDown.includes(level);
}
