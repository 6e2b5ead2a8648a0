import { join } from "node:path";
import { WeightsError } from "../weightsError.ts";
import { cacheFolder } from "./cacheFolder.ts";
import { mismatch } from "./checksum.ts";
import { downloadFile, type DownloadOptions } from "./downloadFile.ts";
import { isFile } from "./findFile.ts";
import { forgetChecksum, isAsStored, storeChecksum } from "./storedChecksum.ts";
import type { WeightFile } from "./weightFiles.ts";

/** Options of `downloadWeights`. */
export interface DownloadWeightsOptions extends DownloadOptions {
  /** Default `cacheFolder()`. */
  readonly folder?: string;
  /** Fetch files that are there too; default false. */
  readonly force?: boolean;
}

/** A file that is in the cache now. */
export interface CachedFile {
  readonly name: string;
  readonly path: string;
  /** Whether it was fetched, and not there before. */
  readonly isNew: boolean;
}

/**
 * Fetches the files that are missing in the cache folder, and checks those that are there.
 *
 * @example await downloadWeights(weightFiles.lpips)
 */
export async function downloadWeights(
  files: readonly WeightFile[],
  { folder = cacheFolder(), force = false, ...options }: DownloadWeightsOptions = {},
): Promise<CachedFile[]> {
  const cached: CachedFile[] = [];
  for (const file of files) {
    const path = join(folder, file.name);
    const isNew = force || !(await isFile(path));
    if (isNew) {
      if (force) await forgetChecksum(path);
      await downloadFile(file, folder, options);
    } else {
      const isUnpublished = file.checksum === undefined;
      if (isUnpublished && !(await isAsStored("download", path, options.signal))) {
        await storeChecksum(path, options.signal);
      }
      const wrong = await mismatch(path, file, options.signal);
      if (wrong !== undefined) {
        throw new WeightsError(
          `download: ${path} is not the published file: its ${wrong}; delete it, or fetch it again with force`,
        );
      }
    }
    cached.push({ name: file.name, path, isNew });
  }
  return cached;
}
