import type { MetricName } from "../metrics/openMeters.ts";

/** What metrics are called for people, with the direction that is better. */
export const names: Readonly<Record<MetricName, string>> = {
  psnr: "PSNR in dB ↑",
  ssim: "SSIM ↑",
  lpips: "LPIPS ↓",
  fvd: "FVD ↓",
};
