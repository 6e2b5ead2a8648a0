import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, parse } from "node:path";

/** Two video files to compare. */
export interface FilePair {
  /** What the pair is called in results: the real file's name. */
  readonly name: string;
  readonly real: string;
  readonly fake: string;
}

const videos = new Set([
  ...[".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".gif", ".ts", ".y4m"],
]);

/** Two files as a pair, or the videos of two folders matched by their names without the extension. */
export async function pairFiles(real: string, fake: string): Promise<readonly FilePair[]> {
  const isFolder = await Promise.all([real, fake].map(isDirectory));
  if (!isFolder[0] && !isFolder[1]) return [{ name: basename(real), real, fake }];
  if (isFolder[0] !== isFolder[1]) {
    const [folder, file] = isFolder[0] ? [real, fake] : [fake, real];
    throw new Error(`metrics: ${folder} is a folder but ${file} is not; name two of a kind`);
  }
  const [reals, fakes] = await Promise.all([videosOf(real), videosOf(fake)]);
  const alone = [
    ...[...reals].filter(([stem]) => !fakes.has(stem)).map(([, path]) => path),
    ...[...fakes].filter(([stem]) => !reals.has(stem)).map(([, path]) => path),
  ];
  if (alone.length > 0) {
    const what =
      alone.length > 1 ? `${alone[0]} and ${alone.length - 1} more have` : `${alone[0]} has`;
    throw new Error(`metrics: ${what} no video of that name in the other folder`);
  }
  return [...reals].map(([stem, path]) => ({
    name: basename(path),
    real: path,
    fake: fakes.get(stem)!,
  }));
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** The videos of a folder by their names without the extension, sorted. */
async function videosOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).filter((name) => videos.has(extname(name).toLowerCase()));
  if (names.length === 0) throw new Error(`metrics: ${folder} has no videos`);
  const found = new Map<string, string>();
  for (const name of names.sort()) {
    const stem = parse(name).name;
    const other = found.get(stem);
    if (other !== undefined) {
      throw new Error(`metrics: ${other} and ${join(folder, name)} have the same name`);
    }
    found.set(stem, join(folder, name));
  }
  return found;
}
