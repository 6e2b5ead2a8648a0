import { join, resolve } from "node:path";
import { cacheFolder } from "@vidtok/metrics/weights";
import { commonFlags } from "../args/commonFlags.ts";
import { text, toggle } from "../args/flag.ts";
import { defineCommand } from "../command.ts";
import { fetchFiles } from "../download/fetchFiles.ts";
import { filesOf, shownSets } from "../download/weightSets.ts";
import { checkPaths } from "../outputs/checkPaths.ts";
import { printResult } from "../terminal/result.ts";

/** `vidtok download lpips` */
export const download = defineCommand({
  name: "download",
  summary: "Fetch the weights that LPIPS and FVD measure with, and print where they are.",
  flags: {
    cache: text("DIR", "Folder for the files", undefined, {
      shown: "VIDTOK_CACHE, else ~/.cache/vidtok",
    }),
    force: toggle("Fetch files that are there too", false),
    ...commonFlags,
  },
  rest: { shown: `${shownSets} ...`, least: 1, most: Infinity },
  examples: ["lpips", "lpips i3d --cache weights --json"],
  async run({ cache, force, json }, sets, io) {
    const files = filesOf(sets);
    const folder = resolve(cache ?? cacheFolder(io.env));
    checkPaths("download", { inputs: [], outputs: files.map(({ name }) => join(folder, name)) });
    const found = await fetchFiles(io, files, { folder, force });
    printResult(
      io,
      json,
      { folder, files: found },
      found.map(({ name, path, isNew }) => [name, `${path}${isNew ? "" : " (was there)"}`]),
    );
    return 0;
  },
});
