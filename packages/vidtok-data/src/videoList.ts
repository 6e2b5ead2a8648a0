import { readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join, sep } from "node:path";
import { parseCsv } from "./csv.ts";
import type { VidTokDatasetParams } from "./datasetParams.ts";
import { permutation, randomSource } from "./random.ts";
import { roundHalfEven } from "./rounding.ts";
import { VideoError } from "./videoError.ts";

/** The videos of a dataset, and a line for each line of its csv file that is none. */
export interface VideoList {
  readonly paths: readonly string[];
  readonly problems: readonly string[];
}

const extensions = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g)$/i;

/** The videos that a dataset is made of: those of its csv file, or all below its folder. */
export function listVideos(params: VidTokDatasetParams): VideoList {
  const { data_dir, meta_path, data_frac: share = 1 } = params;
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`dataset: data_frac ${share} is not above 0 and at most 1`);
  }
  const { paths, problems } = meta_path
    ? listed(meta_path, data_dir)
    : { paths: videosBelow("dataset", data_dir).map((name) => join(data_dir, name)), problems: [] };
  const place = meta_path ?? data_dir;
  if (paths.length === 0) {
    throw new VideoError(`dataset: no videos in ${place}`, problems.join("\n"));
  }
  const chosen = subset(paths, share);
  if (chosen.length === 0) {
    throw new VideoError(
      `dataset: data_frac ${share} of the ${paths.length} videos in ${place} is none; use a larger one`,
    );
  }
  return { paths: chosen, problems };
}

/**
 * The videos of an evaluation: those of a csv file, or every mp4 file below a folder, sorted. What is hidden, as its name's first dot
 * says, does not count; other kinds of video do only in a csv file.
 */
export function evaluationVideos(
  params: Pick<VidTokDatasetParams, "data_dir" | "meta_path">,
): VideoList {
  const { data_dir, meta_path } = params;
  if (meta_path) {
    const list = listed(meta_path, data_dir);
    if (list.paths.length > 0) return list;
    throw new VideoError(`dataset: no videos in ${meta_path}`, list.problems.join("\n"));
  }
  const all = videosBelow("dataset", data_dir).filter(
    (name) => !name.split(sep).some((part) => part.startsWith(".")),
  );
  const found = all.filter((name) => /\.mp4$/i.test(name));
  if (found.length === 0) {
    const others =
      all.length > 0
        ? ` but ${all.length} of other kinds; list those in a csv file with the column "videos" for meta_path`
        : "";
    throw new VideoError(`dataset: no mp4 files below ${data_dir}${others}`);
  }
  return { paths: found.map((name) => join(data_dir, name)), problems: [] };
}

/** All videos below a folder by their extensions, as sorted paths relative to it; `op` begins error messages. */
export function videosBelow(op: string, dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((name) => extensions.test(name))
      .sort();
  } catch (error) {
    const { path = dir, code } = error as NodeJS.ErrnoException;
    throw new VideoError(`${op}: ${path} cannot be listed (${code})`);
  }
}

function listed(metaPath: string, dir: string): VideoList {
  // A byte order mark, as ISO-8859-1 shows it, is no part of the first column's name.
  const text = readOrExplain(metaPath).replace(/^ï»¿/, "");
  const { header, rows, problems } = parseCsv(text, metaPath);
  const column = header.indexOf("videos");
  if (column < 0) {
    throw new VideoError(
      `dataset: ${metaPath} has no column "videos" (columns: ${header.join(", ")})`,
    );
  }
  const names = rows.map((row) => row[column]!);
  return { paths: names.map((name) => (isAbsolute(name) ? name : join(dir, name))), problems };
}

function readOrExplain(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    throw new VideoError(
      `dataset: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

function subset(paths: readonly string[], share: number): readonly string[] {
  if (share === 1) return paths;
  const count = roundHalfEven(share * paths.length);
  const chosen = permutation(paths.length, randomSource(0)).slice(0, count);
  return chosen.map((i) => paths[i]!);
}
