export type { BackboneName } from "./lpips/backbones.ts";
export { lpips } from "./lpips/lpips.ts";
export type { LpipsOptions, LpipsResult } from "./lpips/lpips.ts";
export { psnr } from "./psnr.ts";
export type { PsnrResult } from "./psnr.ts";
export { ssim } from "./ssim.ts";
export type { SsimResult } from "./ssim.ts";
export type { Layout, PairOptions, ValueRange, Video } from "./video.ts";
export { WeightsError } from "./weightsError.ts";
