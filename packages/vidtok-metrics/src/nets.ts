export { I3d } from "./fvd/i3dNet.ts";
export { loadI3d } from "./fvd/loadI3d.ts";
export type { BackboneName } from "./lpips/backbones.ts";
export { loadLpips, type LoadLpipsOptions } from "./lpips/loadLpips.ts";
export { Lpips } from "./lpips/lpipsNet.ts";
