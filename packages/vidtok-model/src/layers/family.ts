import { Conv, zeros } from "@vidtok/nn";
import type { NetworkConfig } from "../config/modelConfig.ts";
import { CausalConv } from "./layer.ts";
import type { Layer } from "./layer.ts";
import type { NormDomain } from "./norm.ts";

/** What distinguishes the layers of one family from those of the other. */
export interface FamilyTraits {
  /** Zero frames before and after the clip for a kernel of `taps` frames. */
  timePadding(taps: number, stride: number): readonly [before: number, after: number];
  /** A convolution of `taps` frames, under the name that the family's checkpoints give it. */
  named(conv: Conv, taps: number, stride: number): Layer;
  /** What group norm averages over in 3-D blocks, attention and the last norm. */
  readonly volumeDomain: NormDomain;
  /** What group norm averages over in blocks along time. */
  readonly timeDomain: NormDomain;
}

const causal: FamilyTraits = {
  // A layer sees no future; at stride 2 it has one zero frame less, so that an even length halves.
  timePadding: (taps, stride) => [taps - stride, 0],
  named: (conv, taps, stride) => new CausalConv(conv, taps - stride),
  volumeDomain: "frame",
  timeDomain: "position",
};

const noncausal: FamilyTraits = {
  timePadding: (taps, stride) => (stride === 1 ? [(taps - 1) / 2, (taps - 1) / 2] : [0, 1]),
  named: (conv) => conv,
  volumeDomain: "clip",
  timeDomain: "time",
};

/** The traits of the family that a network belongs to. */
export function traitsOf(config: NetworkConfig): FamilyTraits {
  return config.family === "noncausal" ? noncausal : causal;
}

/** A convolution over `taps` frames and `taps` × `taps` pixels that keeps height and width. */
export function volumeConv(
  traits: FamilyTraits,
  inChannels: number,
  outChannels: number,
  { taps = 3, timeStride = 1 }: { readonly taps?: number; readonly timeStride?: number } = {},
): Layer {
  const around = (taps - 1) / 2;
  const conv = new Conv(inChannels, outChannels, {
    kernel: [taps, taps, taps],
    stride: [timeStride, 1, 1],
    padding: [traits.timePadding(taps, timeStride), around, around],
  });
  return traits.named(conv, taps, timeStride);
}

/** A convolution of each frame by itself that keeps height and width. */
export function frameConv(inChannels: number, outChannels: number, taps = 3): Conv {
  return new Conv(inChannels, outChannels, { kernel: [taps, taps], padding: (taps - 1) / 2 });
}

/** A convolution of each pixel by itself over three frames; `isZero` makes its first weights zeros. */
export function timeConv(traits: FamilyTraits, channels: number, isZero: boolean): Layer {
  const conv = new Conv(channels, channels, {
    kernel: [3],
    axes: [2],
    padding: [traits.timePadding(3, 1)],
    ...(isZero ? { initialiser: zeros } : {}),
  });
  return traits.named(conv, 3, 1);
}
