import { Conv, zeros } from "@vidtok/nn";
import type { FamilyTraits } from "../families/familyTraits.ts";
import type { Layer } from "./layer.ts";

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

/**
 * A convolution of each pixel by itself over three frames; `isZero` makes its first weights zeros.
 */
export function timeConv(traits: FamilyTraits, channels: number, isZero: boolean): Layer {
  const conv = new Conv(channels, channels, {
    kernel: [3],
    axes: [2],
    padding: [traits.timePadding(3, 1)],
    ...(isZero ? { initialiser: zeros } : {}),
  });
  return traits.named(conv, 3, 1);
}
