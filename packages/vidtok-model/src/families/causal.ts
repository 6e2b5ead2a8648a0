import { CausalConv } from "../layers/causalConv.ts";
import type { FamilyTraits } from "./familyTraits.ts";

/**
 * Causal v1.0: zeros stand before a video in every layer, and copies of its first frame before the
 * clip.
 */
export const causal: FamilyTraits = {
  name: "causal",
  isCausal: true,
  // A layer sees no future; at stride 2 it has one frame less in front, so that an even length
  // halves.
  timePadding: (taps, stride) => [taps - stride, 0],
  leftContext: () => undefined,
  named: (conv, taps, stride) => new CausalConv(conv, taps - stride, causal.leftContext),
  volumeDomain: "frame",
  timeDomain: "position",
  interpolation: () => "nearest",
  // Whatever the remainder: the decoder drops as many.
  framesInFront: (frames, stride) => (frames % stride === 0 ? 0 : stride - 1),
  framesDropped: (stride) => stride - 1,
  crop: (recon) => recon,
  fittingLengths(frames, stride) {
    const below = Math.floor((frames - 1) / stride) * stride + 1;
    return [below, below === frames ? frames : below + stride];
  },
  canBegin: (frames, stride) => frames % stride === 0 || frames % stride === 1,
};
