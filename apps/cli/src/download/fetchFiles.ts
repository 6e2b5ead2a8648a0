import { downloadWeights } from "@vidtok/metrics/weights";
import type { CachedFile, WeightFile } from "@vidtok/metrics/weights";
import { line } from "../report.ts";
import type { Io } from "../terminal/io.ts";
import { progress } from "../terminal/progress.ts";
import type { Progress } from "../terminal/progress.ts";

const MEGABYTE = 1e6;

/** Fetches files into a folder, with a bar for each that is not there. */
export async function fetchFiles(
  io: Io,
  files: readonly WeightFile[],
  options: { readonly folder: string; readonly force: boolean },
): Promise<CachedFile[]> {
  let bar: Progress | undefined;
  let shown: WeightFile | undefined;
  try {
    return await downloadWeights(files, {
      ...options,
      signal: io.signal,
      onProgress(file, received, total = file.bytes) {
        if (total === undefined) return;
        if (shown !== file) {
          bar?.end();
          shown = file;
          bar = progress(io, `${file.name}, MB`, Math.ceil(total / MEGABYTE));
        }
        const round = received < total ? Math.floor : Math.ceil;
        bar?.update(round(received / MEGABYTE));
      },
    });
  } finally {
    bar?.end();
    if (bar && io.signal.aborted) line(io, "what has come is kept; run the command again to go on");
  }
}
