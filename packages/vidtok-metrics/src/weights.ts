export { cacheFolder } from "./weights/cacheFolder.ts";
export { downloadFile, type DownloadOptions } from "./weights/downloadFile.ts";
export { downloadWeights } from "./weights/downloadWeights.ts";
export type { CachedFile, DownloadWeightsOptions } from "./weights/downloadWeights.ts";
export { weightFiles } from "./weights/weightFiles.ts";
export type { Checksum, WeightFile, WeightSet } from "./weights/weightFiles.ts";
export { WeightsError } from "./weightsError.ts";
