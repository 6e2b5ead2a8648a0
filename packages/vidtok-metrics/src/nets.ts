export type { BackboneName } from "./lpips/backbones.ts";
export { loadLpips, type LoadLpipsOptions } from "./lpips/loadLpips.ts";
export { Lpips } from "./lpips/lpipsNet.ts";
