import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceFile } from "@vidtok/files";
import type { FvdState } from "@vidtok/metrics";
import { counted } from "../terminal/units.ts";
import type { EvaluatedVideo } from "./evaluateVideo.ts";
import { decodeFvdState, encodeFvdState } from "./fvdStateFile.ts";
import type { ListedVideo } from "./lookAtVideos.ts";
import { otherStates } from "./otherStates.ts";
import type { EvaluationSettings } from "./settings.ts";

/** A video that needs no more work. */
export type FinishedVideo = ListedVideo & Omit<EvaluatedVideo, "fvd" | "sheet">;

/**
 * What an evaluation knows so far, in a folder of its own for its settings: a file for each finished video, a PNG file of some of its
 * frames, and the moments of FVD over all of them. A video's own file is written last, and counts only when all others are there.
 */
export class EvaluationState {
  readonly folder: string;
  /** What the user should know: states that are there and not continued. */
  readonly notes: readonly string[];
  /** Of all finished videos that were there when the state was opened. */
  readonly fvd: FvdState | undefined;
  readonly #finished: Map<string, FinishedVideo>;

  private constructor(
    folder: string,
    notes: readonly string[],
    finished: readonly FinishedVideo[],
    fvd: FvdState | undefined,
  ) {
    this.folder = folder;
    this.notes = notes;
    this.fvd = fvd;
    this.#finished = new Map(finished.map((video) => [video.path, video]));
  }

  /** Opens the state of these settings below `root`, empty where there is none or its videos have changed. */
  static async open(
    root: string,
    settings: EvaluationSettings,
    videos: readonly ListedVideo[],
  ): Promise<EvaluationState> {
    const text = JSON.stringify(settings, null, 2);
    const key = createHash("sha256").update(text).digest("hex").slice(0, 12);
    const folder = join(root, key);
    await rm(removed(folder), { recursive: true, force: true });
    const notes = [...(await otherStates(root, key, settings))];
    await mkdir(folder, { recursive: true });
    let finished = await readFinished(folder);
    let fvd: FvdState | undefined;
    const reason =
      changed(finished, videos) ??
      (settings.metrics.includes("fvd") && finished.length > 0
        ? await readFile(fvdFile(folder, finished.length)).then(
            (bytes) => void (fvd = decodeFvdState(bytes)),
            () => "what FVD knows is missing",
          )
        : undefined);
    if (reason !== undefined) {
      const there = counted(finished.length, "finished video");
      notes.push(`${folder} has ${there}, not continued: ${reason}`);
      await removeWhole(folder);
      await mkdir(folder);
      [finished, fvd] = [[], undefined];
    }
    await replaceFile(join(folder, "settings.json"), text);
    return new EvaluationState(folder, notes, finished, fvd);
  }

  /** In the order in which they were finished. */
  get finished(): readonly FinishedVideo[] {
    return [...this.#finished.values()];
  }

  /** What a video was added with; undefined where it is not finished. */
  get({ path }: ListedVideo): FinishedVideo | undefined {
    return this.#finished.get(path);
  }

  /** Keeps a finished video; `fvd` is of all of them, this one included. */
  async add(
    video: FinishedVideo,
    fvd: FvdState | undefined,
    sheet: Uint8Array | undefined,
  ): Promise<void> {
    const number = this.#finished.size + 1;
    if (sheet) await replaceFile(sheetFile(this.folder, number), sheet);
    if (fvd) await replaceFile(fvdFile(this.folder, number), encodeFvdState(fvd));
    await replaceFile(videoFile(this.folder, number), JSON.stringify(video));
    await rm(fvdFile(this.folder, number - 1), { force: true });
    this.#finished.set(video.path, video);
  }

  /** The PNG file that the finished video at this path was added with. */
  sheet(path: string): Promise<Uint8Array> {
    const number = [...this.#finished.keys()].indexOf(path) + 1;
    return readFile(sheetFile(this.folder, number));
  }

  /** Deletes it, and the folder of all states where no other is left. */
  async remove(): Promise<void> {
    await removeWhole(this.folder);
    await rmdir(dirname(this.folder)).catch(() => undefined);
  }
}

function removed(folder: string): string {
  return `${folder}.removed`;
}

/**
 * Removes a state in one step: of one that was removed file by file, an interruption would leave
 * finished videos without their pictures. What is left of it then goes when it is opened again.
 */
async function removeWhole(folder: string): Promise<void> {
  await rename(folder, removed(folder));
  await rm(removed(folder), { recursive: true, force: true }).catch(() => undefined);
}

async function readFinished(folder: string): Promise<readonly FinishedVideo[]> {
  const finished: FinishedVideo[] = [];
  for (;;) {
    const text = await readFile(videoFile(folder, finished.length + 1), "utf8").catch(() => "");
    if (text === "") return finished;
    finished.push(JSON.parse(text) as FinishedVideo);
  }
}

/** Which finished video is not, or no more, the one that is to be evaluated. */
function changed(
  finished: readonly FinishedVideo[],
  videos: readonly ListedVideo[],
): string | undefined {
  const byPath = new Map(videos.map((video) => [video.path, video]));
  for (const { path, size, modified } of finished) {
    const now = byPath.get(path);
    if (now === undefined) return `${path} is not among the videos any more`;
    if (now.size !== size || now.modified !== modified) return `${path} has changed since`;
  }
  return undefined;
}

function videoFile(folder: string, number: number): string {
  return join(folder, `video-${String(number).padStart(6, "0")}.json`);
}

function sheetFile(folder: string, number: number): string {
  return videoFile(folder, number).replace(/json$/, "png");
}

function fvdFile(folder: string, number: number): string {
  return join(folder, `fvd-${String(number).padStart(6, "0")}.bin`);
}
