export { cacheFolder } from "./weights/cacheFolder.ts";
export { weightFiles } from "./weights/weightFiles.ts";
export type { Checksum, WeightFile, WeightSet } from "./weights/weightFiles.ts";
