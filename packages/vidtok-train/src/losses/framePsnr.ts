import { clamp, E, elementwise, mean, sub } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

const squared = elementwise((difference) => {
  const d = E.mul(0.5, difference!);
  return E.mul(d, d);
});

// As @vidtok/metrics has it: 1e-8 keeps equal frames at 80 dB.
const decibels = elementwise((mse) => E.mul(-10 / Math.LN10, E.log(E.add(mse!, 1e-8))));

/** Mean PSNR in dB over the frames of clips `[n, c, t, h, w]` in [-1, 1]; `recon` is clamped to it. Shape []. */
export function framePsnr(x: Tensor, recon: Tensor): Tensor {
  const perFrame = mean(squared(sub(x, clamp(recon, -1, 1))), [1, 3, 4]);
  return mean(decibels(perFrame));
}
