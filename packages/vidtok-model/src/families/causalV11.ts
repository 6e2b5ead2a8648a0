import { expand, slice } from "@vidtok/tensor";
import { CausalConv } from "../layers/causalConv.ts";
import type { FamilyTraits } from "./familyTraits.ts";

/** Causal v1.1: copies of a layer's first frame stand before it, and frames are interpolated. */
export const causalV11: FamilyTraits = {
  name: "causal v1.1",
  isCausal: true,
  timePadding: (taps, stride) => [taps - stride, 0],
  leftContext: (x, count) => expand(slice(x, 2, 0, 1), x.shape.with(2, count)),
  named: (conv, taps, stride) => new CausalConv(conv, taps - stride, causalV11.leftContext),
  volumeDomain: "frame",
  timeDomain: "position",
  interpolation: (config) => config.interpolationMode,
  framesInFront: (frames, stride) => (stride - (frames % stride)) % stride,
  framesDropped: () => 0,
  // The frames that the encoder put in front come back first.
  crop: (recon, frames) =>
    recon.shape[2]! > frames ? slice(recon, 2, recon.shape[2]! - frames) : recon,
  fittingLengths: (frames) => [frames, frames],
  canBegin: () => true,
};
