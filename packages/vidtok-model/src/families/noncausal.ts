import type { FamilyTraits } from "./familyTraits.ts";

/** Non-causal: layers see frames on both sides, and zeros beyond the ends of a clip. */
export const noncausal: FamilyTraits = {
  name: "noncausal",
  isCausal: false,
  timePadding: (taps, stride) => (stride === 1 ? [(taps - 1) / 2, (taps - 1) / 2] : [0, 1]),
  leftContext: () => undefined,
  named: (conv) => conv,
  volumeDomain: "clip",
  timeDomain: "time",
  interpolation: () => "nearest",
  framesInFront: () => 0,
  framesDropped: () => 0,
  crop: (recon) => recon,
  fittingLengths(frames, stride) {
    const below = Math.floor(frames / stride) * stride;
    return [below, below === frames ? frames : below + stride];
  },
  canBegin: () => false,
};
