import { ClipReader } from "./clipReader.ts";
import type { ClipNews, SharedClips } from "./clipReader.ts";
import type { ClipItem, ClipSource } from "./clipSource.ts";
import type { VidTokDatasetParams } from "./datasetParams.ts";
import { listVideos } from "./videoList.ts";

/** Clips of videos listed in a csv file or found in a folder, cut at random places in time. */
export class VidTokDataset implements ClipSource {
  /** The video files, in order. */
  readonly paths: readonly string[];
  readonly #listProblems: readonly string[];
  readonly #reader: ClipReader;
  #isReadable = false;

  constructor(params: VidTokDatasetParams) {
    const { paths, problems } = listVideos(params);
    this.paths = paths;
    this.#listProblems = problems;
    this.#reader = new ClipReader({ paths, params, probed: [] });
  }

  get length(): number {
    return this.paths.length;
  }

  /** One line for every csv line and every video that could not be used so far. */
  get problems(): readonly string[] {
    return [...this.#listProblems, ...this.#reader.problems];
  }

  /** How many videos could not be used so far. */
  get unusable(): number {
    return this.#reader.problems.length;
  }

  /** Throws a `VideoError` with the first reasons when none of the videos can be read. */
  async checkReadable(signal?: AbortSignal): Promise<void> {
    if (this.#isReadable) return;
    await this.#reader.checkReadable(signal);
    this.#isReadable = true;
  }

  /** Clip `index`: `random` decides where it starts and what replaces a missing file. */
  item(index: number, random: () => number, signal?: AbortSignal): Promise<ClipItem> {
    return this.#reader.item(index, random, signal);
  }

  /** What another thread needs to read the same clips, as far as it is known. */
  shared(): SharedClips {
    return this.#reader.shared();
  }

  /** Takes what another thread has found out about the videos. */
  learn(news: ClipNews): void {
    this.#reader.learn(news);
  }
}
