import type { Lpips } from "@vidtok/metrics/nets";
import { concat, detach, grad, isRecording, noGrad, scope, slice, sum } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

// The features of one frame of 256 × 256 take about 70 MB; more frames at once are not faster.
const PIXELS_AT_ONCE = 2 ** 17;

/** LPIPS of frames, and where it leads. */
export interface PerceptualDistance {
  /** `[n, 1, 1, 1]` */
  readonly distance: Tensor;
  /** The gradient of each frame's distance with respect to its reconstruction, `[n, 3, h, w]`; without recording, none. */
  readonly slope: Tensor | undefined;
}

/**
 * LPIPS of frames `[n, 3, h, w]` and their reconstructions, which are taken as constants. A frame's distance depends on no other, so a
 * few are taken at a time, and memory does not grow with the clip.
 */
export function perceptualDistance(net: Lpips, x: Tensor, recon: Tensor): PerceptualDistance {
  const [frames, , h, w] = x.shape as [number, number, number, number];
  const step = Math.max(1, Math.floor(PIXELS_AT_ONCE / (h * w)));
  const parts: PerceptualDistance[] = [];
  for (let first = 0; first < frames; first += step) {
    const part = (all: Tensor): Tensor => slice(all, 0, first, Math.min(first + step, frames));
    parts.push(scope(() => measure(net, part(x), detach(part(recon)))));
  }
  const slopes = parts.flatMap(({ slope }) => slope ?? []);
  return {
    distance: concat(
      parts.map(({ distance }) => distance),
      0,
    ),
    slope: slopes.length > 0 ? concat(slopes, 0) : undefined,
  };
}

function measure(net: Lpips, x: Tensor, recon: Tensor): PerceptualDistance {
  const target = noGrad(() => net.features(x));
  const distance = net.compare(target, net.features(recon));
  return { distance, slope: isRecording() ? grad(sum(distance), [recon])[0] : undefined };
}
