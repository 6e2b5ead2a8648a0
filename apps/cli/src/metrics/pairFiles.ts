import { stat } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { comparableName, videosBelow } from "@vidtok/data";

/** Two video files to compare. */
export interface FilePair {
  /**
   * What the pair is called in results: the real file's name, below its folder where one was given.
   */
  readonly name: string;
  readonly real: string;
  readonly fake: string;
}

/** Files to compare, and a line for each reason why files of a folder were left out. */
export interface FoundPairs {
  readonly pairs: readonly FilePair[];
  readonly problems: readonly string[];
}

interface Side {
  /** The videos of a folder by their paths below it, without extension. */
  readonly videos: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

/**
 * Two files as a pair, or all videos below two folders, matched by their paths there without the
 * extension. Throws where a video has no other or two have the same name.
 */
export async function pairFiles(real: string, fake: string): Promise<FoundPairs> {
  const isFolder = await Promise.all([real, fake].map(isDirectory));
  if (!isFolder[0] && !isFolder[1]) {
    return { pairs: [{ name: basename(real), real, fake }], problems: [] };
  }
  if (isFolder[0] !== isFolder[1]) {
    const [folder, file] = isFolder[0] ? [real, fake] : [fake, real];
    throw new Error(`metrics: ${folder} is a folder but ${file} is not; name two of a kind`);
  }
  const [reals, fakes] = [videosOf(real, fake), videosOf(fake, real)];
  const alone = [...unmatched(reals, fakes, real), ...unmatched(fakes, reals, fake)];
  if (alone.length > 0) {
    const what =
      alone.length > 1 ? `${alone[0]} and ${alone.length - 1} more have` : `${alone[0]} has`;
    throw new Error(`metrics: ${what} no video of that name in the other folder`);
  }
  const pairs = [...reals.videos].map(([stem, name]) => ({
    name: name.replaceAll(sep, "/"),
    real: join(real, name),
    fake: join(fake, fakes.videos.get(stem)!),
  }));
  return { pairs, problems: [...reals.problems, ...fakes.problems] };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function unmatched({ videos }: Side, other: Side, folder: string): string[] {
  const alone = [...videos].filter(([stem]) => !other.videos.has(stem));
  return alone.map(([, name]) => join(folder, name));
}

/** The videos below a folder; those of the other one, where it lies inside, are not among them. */
function videosOf(folder: string, other: string): Side {
  const { videos, problems } = videosBelow("metrics", folder);
  const inside = relative(folder, other);
  const own = videos.filter((name) => inside === "" || !name.startsWith(inside + sep));
  if (own.length === 0) throw new Error(`metrics: ${folder} has no videos`);
  const found = new Map<string, string>();
  for (const name of own) {
    const stem = comparableName(name.slice(0, name.length - extname(name).length));
    const same = found.get(stem);
    if (same !== undefined) {
      throw new Error(
        `metrics: ${join(folder, same)} and ${join(folder, name)} have the same name`,
      );
    }
    found.set(stem, name);
  }
  return { videos: found, problems };
}
