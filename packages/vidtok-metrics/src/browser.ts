// What a bundler for browsers gets as @vidtok/metrics: all that needs neither an engine nor files.
export { featureStatistics, type FeatureStatistics } from "./fvd/featureStatistics.ts";
export { frechetDistance } from "./fvd/frechetDistance.ts";
export type { FrameMeanState } from "./frameMean.ts";
export { Psnr, Ssim } from "./frameMeans.ts";
export { psnr } from "./psnr.ts";
export type { PsnrConvention, PsnrOptions, PsnrResult } from "./psnr.ts";
export { ssim } from "./ssim.ts";
export type { SsimConvention, SsimOptions, SsimResult } from "./ssim.ts";
export type { Layout, PairOptions, ValueRange, Video } from "./video.ts";
