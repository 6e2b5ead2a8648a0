import { GroupNorm, LayerNorm } from "@vidtok/nn";
import type { Activation, Tensor } from "@vidtok/tensor";

/** A norm, and what follows it if that is to happen in the same pass. */
export interface Norm {
  /** How many pixels away a result depends on its input: none, or the whole frame. */
  readonly reach: number;
  forward(x: Tensor, activation?: Activation): Tensor;
}

/** A layer norm one name deeper, under `norm`, where checkpoints have it. */
class ChannelNorm implements Norm {
  readonly norm: LayerNorm;
  readonly reach = 0;

  constructor(channels: number) {
    this.norm = new LayerNorm(channels, { eps });
  }

  forward(x: Tensor, activation?: Activation): Tensor {
    return this.norm.forward(x, activation);
  }
}

class GroupedNorm extends GroupNorm implements Norm {
  readonly reach: number;

  constructor(channels: number, domain: NormDomain) {
    super(groups, channels, { eps, over: over[domain] });
    this.reach = over[domain].some((axis) => axis > 2) ? Infinity : 0;
  }
}

/** What a group norm averages over besides the channels of a group. */
export type NormDomain = "position" | "frame" | "time" | "clip";

const eps = 1e-6;
const groups = 32;

// Axes of [n, c, t, h, w].
const over: Readonly<Record<NormDomain, readonly number[]>> = {
  position: [],
  frame: [3, 4],
  time: [2],
  clip: [2, 3, 4],
};

/** The norm that `norm_type` names; layer norm is over the channels of each position, whatever the domain. */
export function makeNorm(
  type: "layernorm" | "groupnorm",
  channels: number,
  domain: NormDomain,
): Norm {
  if (type === "layernorm") return new ChannelNorm(channels);
  if (channels % groups !== 0) {
    throw new RangeError(
      `createModel: norm_type groupnorm needs channels in ${groups} groups, which ${channels} are not`,
    );
  }
  return new GroupedNorm(channels, domain);
}
