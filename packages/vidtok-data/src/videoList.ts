import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { parseCsv } from "./csv.ts";
import type { VidTokDatasetParams } from "./datasetParams.ts";
import { asUtf8, readListText } from "./listText.ts";
import { nameOnDisk } from "./nameOnDisk.ts";
import { permutation, randomSource } from "./random.ts";
import { roundHalfEven } from "./rounding.ts";
import { VideoError } from "./videoError.ts";
import { videosBelow } from "./videoFolder.ts";

/** The videos of a dataset, and a line for each line of its csv file that is none. */
export interface VideoList {
  readonly paths: readonly string[];
  readonly problems: readonly string[];
}

/** The videos that a dataset is made of: those of its csv file, or all below its folder. */
export function listVideos(params: VidTokDatasetParams): VideoList {
  const { data_dir, meta_path, data_frac: share = 1 } = params;
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`dataset: data_frac ${share} is not above 0 and at most 1`);
  }
  const { paths, problems } = meta_path ? listed(meta_path, data_dir) : below(data_dir);
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
 * The videos of an evaluation: those of a csv file, or every mp4 file below a folder, sorted. What
 * is hidden does not count; other kinds of video do only in a csv file.
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
  const { paths, problems } = below(data_dir);
  const found = paths.filter((path) => /\.mp4$/i.test(path));
  const others = paths.length - found.length;
  const advice = 'list those in a csv file with the column "videos" for meta_path';
  if (found.length === 0) {
    const instead = others > 0 ? ` but ${others} of other kinds; ${advice}` : "";
    throw new VideoError(`dataset: no mp4 files below ${data_dir}${instead}`, problems.join("\n"));
  }
  const kinds = `dataset: videos below ${data_dir} that are no mp4 files left out (${others}); ${advice}`;
  return { paths: found, problems: others > 0 ? [...problems, kinds] : problems };
}

function below(dir: string): VideoList {
  const { videos, problems } = videosBelow("dataset", dir);
  return { paths: videos.map((name) => join(dir, name)), problems };
}

function listed(metaPath: string, dir: string): VideoList {
  const { text, encoding } = readListText(metaPath);
  const { header, rows, problems } = parseCsv(text, metaPath);
  const column = header.indexOf("videos");
  if (column < 0) {
    throw new VideoError(
      `dataset: ${metaPath} has no column "videos" (columns: ${header.join(", ")})`,
    );
  }
  const names = rows.map((row) => row[column]!);
  const paths = names.map((name) => nameOnDisk(isAbsolute(name) ? name : join(dir, name)));
  const misread = encoding === "latin1" ? misreadNames(names, paths) : [];
  return { paths, problems: [...problems, ...misread.map((text) => `${metaPath}: ${text}`)] };
}

/** A line where names that lead to no file are other names in UTF-8. */
function misreadNames(names: readonly string[], paths: readonly string[]): string[] {
  const misread = names.flatMap((name, i) => {
    const meant = asUtf8(name);
    return meant === undefined || existsSync(paths[i]!) ? [] : [{ name, meant }];
  });
  const [first] = misread;
  if (first === undefined) return [];
  return [
    `${misread.length} names such as "${first.name}" lead to no file, and are UTF-8 ("${first.meant}") ` +
      `in a file without a mark, which is read as ISO-8859-1; save it as UTF-8 with a mark (BOM)`,
  ];
}

function subset(paths: readonly string[], share: number): readonly string[] {
  if (share === 1) return paths;
  const count = roundHalfEven(share * paths.length);
  const chosen = permutation(paths.length, randomSource(0)).slice(0, count);
  return chosen.map((i) => paths[i]!);
}
