import { checkpoint, isRecording } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { NetworkConfig } from "../config/modelConfig.ts";
import { FrameAttention } from "./attention.ts";
import { ResBlock } from "./resBlock.ts";
import type { BlockOptions } from "./resBlock.ts";
import { stage } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** The two 3-D blocks around an attention that sit between the levels of an encoder or decoder. */
export class Middle {
  readonly block_1: ResBlock;
  readonly attn_1: FrameAttention;
  readonly block_2: ResBlock;
  readonly #useCheckpoint: boolean;

  constructor(config: NetworkConfig, channels: number) {
    this.block_1 = new ResBlock(config, "volume", channels, channels);
    this.attn_1 = new FrameAttention(config, channels);
    this.block_2 = new ResBlock(config, "volume", channels, channels);
    this.#useCheckpoint = config.useCheckpoint;
  }

  /** What is done one after the other. */
  stages(options: BlockOptions): Stage[] {
    return [
      this.block_1.stage(options),
      stage((x) => this.#attend(x), { reach: Infinity }),
      this.block_2.stage(options),
    ];
  }

  #attend(x: Tensor): Tensor {
    const attend = (input: Tensor): Tensor => this.attn_1.forward(input);
    return this.#useCheckpoint && isRecording() ? checkpoint(attend, x) : attend(x);
  }
}
