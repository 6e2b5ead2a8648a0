import { chain, slice, tanh } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "./config/modelConfig.ts";
import { traitsOf } from "./families/traitsOf.ts";
import { volumeConv } from "./layers/convs.ts";
import { Middle } from "./layers/middle.ts";
import { makeNorm } from "./layers/norm.ts";
import type { Norm } from "./layers/norm.ts";
import { ResBlock } from "./layers/resBlock.ts";
import type { BlockOptions } from "./layers/resBlock.ts";
import { SpatialUp } from "./layers/spatialResample.ts";
import { TemporalUp } from "./layers/temporalResample.ts";
import type { Layer } from "./layers/layer.ts";
import type { Segment } from "./layers/segment.ts";
import { runs, stage } from "./layers/stage.ts";
import type { Stage } from "./layers/stage.ts";

interface UpLevel {
  readonly block: readonly ResBlock[];
  readonly upsample: SpatialUp | TemporalUp | undefined;
}

/**
 * Latents `[n, z, t', h', w']` to a clip `[n, c, t, h, w]`; nothing limits its values to [-1, 1].
 */
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
      upsample: config.tempoUp.includes(level)
        ? new TemporalUp(
            config,
            width,
            2 ** widths.filter((_, i) => i > level && isTemporalUp(config, i)).length,
          )
        : undefined,
    }));
    this.norm_out = makeNorm(config.normType, first, traits.volumeDomain);
    this.conv_out = volumeConv(traits, first, config.outChannels);
    this.#config = config;
  }

  forward(z: Tensor, options: BlockOptions = {}): Tensor {
    const stages = this.segments(options).flatMap((segment) => segment.stages);
    return this.trim(chain(z, runs(stages)));
  }

  /**
   * What is done to latents, one after the other, each level of the pyramid with what leads to it.
   */
  segments(options: BlockOptions = {}): Segment[] {
    const begins = [
      stage((h, cache) => this.conv_in.forward(h, { cache }), { reach: 1 }),
      ...this.mid.stages(options),
    ];
    const levels = this.up.map(({ block }, level): Segment => {
      const pairs = block.flatMap((frame, j) => [frame, this.up_temporal[level]!.block[j]!]);
      const blocks = pairs.map((each) => each.stage(options));
      const isDeepest = level === this.up.length - 1;
      const from = isDeepest ? { stages: begins, growth: 1 } : this.#resampling(level + 1);
      const to = level === 0 ? this.#resampling(0) : { stages: [], growth: 1 };
      return {
        stages: [...from.stages, ...blocks, ...to.stages, ...(level === 0 ? this.#ending() : [])],
        step: 1,
        growth: from.growth * to.growth,
      };
    });
    return levels.reverse();
  }

  /** A clip without the first frames that the family's decoder drops. */
  trim(h: Tensor): Tensor {
    const dropped = traitsOf(this.#config).framesDropped(this.#config.timeDownsampleFactor);
    return dropped === 0 ? h : slice(h, 2, dropped);
  }

  /** How a level ends. */
  #resampling(level: number): Pick<Segment, "stages" | "growth"> {
    const { upsample } = this.up[level]!;
    if (!upsample) return { stages: [], growth: 1 };
    const time = isTemporalUp(this.#config, level) && this.up_temporal[level]!.upsample;
    return {
      stages: [upsample.stage(), ...(time ? [time.stage()] : [])],
      growth: time ? 8 : 4,
    };
  }

  #ending(): Stage[] {
    if (this.#config.givePreEnd) return [];
    return [
      stage((h) => this.norm_out.forward(h, "silu"), { reach: this.norm_out.reach }),
      stage((h, cache) => this.conv_out.forward(h, { cache }), { reach: 1 }),
      stage((h) => (this.#config.tanhOut ? tanh(h) : h)),
    ];
  }
}

/**
 * Whether the decoder doubles time after this level; the weights of a temporal level outside the
 * spatial ones exist but do nothing.
 */
export function isTemporalUp(config: NetworkConfig, level: number): boolean {
  return config.tempoUp.includes(level) && config.spatialUp.includes(level);
}
