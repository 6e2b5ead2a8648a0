import { join } from "node:path";
import { indexVideos } from "@vidtok/data";
import { UsageError } from "../args/usageError.ts";
import { defineCommand } from "../command.ts";
import { dataFlags } from "../data/flags.ts";
import { checkPaths } from "../outputs/checkPaths.ts";
import { line } from "../report.ts";
import { progress } from "../terminal/progress.ts";
import type { Progress } from "../terminal/progress.ts";
import { printResult } from "../terminal/result.ts";
import { count, duration } from "../terminal/units.ts";

/** `vidtok data index DIR` */
export const data = defineCommand({
  name: "data",
  summary:
    "List the videos below a folder that can be read in a csv file, for a dataset's meta_path.",
  flags: dataFlags,
  rest: { shown: "index DIR", least: 2, most: 2 },
  examples: ["index videos", "index videos --out lists/all.csv --json"],
  async run({ out, json }, [action, dir], io) {
    if (action !== "index") throw new UsageError(`data: "${action}" is not index`);
    checkPaths("data index", { inputs: [], outputs: [out ?? join(dir!, "videos.csv")] });
    const start = io.now();
    let bar: Progress | undefined;
    const { file, videos, leftOut, notes } = await indexVideos(dir!, {
      out,
      signal: io.signal,
      onProgress(done, total) {
        bar ??= progress(io, "index", total);
        bar.update(done);
      },
    }).finally(() => bar?.end());
    for (const text of [...leftOut.map(({ reason }) => reason), ...notes]) line(io, text);
    const seconds = (io.now() - start) / 1000;
    printResult(io, json, { file, dir, videos: videos.length, leftOut, notes, seconds }, [
      ["index", file],
      ["videos", count(videos.length)],
      ["left out", count(leftOut.length)],
      ["time", duration(seconds * 1000)],
    ]);
    return 0;
  },
});
