import { decodeSegment } from "./decoder.ts";
import type { Size } from "./orientation.ts";
import { probedVideo, probeVideo } from "./probe.ts";
import { planSegments } from "./timeline.ts";
import type { VideoInfo } from "./videoInfo.ts";

/** Decoded frames, RGB, rows top to bottom, values 0 to 255. */
export interface Frames {
  readonly data: Uint8Array;
  /** `[t, h, w, 3]` */
  readonly shape: readonly [t: number, h: number, w: number, c: 3];
}

/** How frames are read. */
export interface ReadOptions {
  /** What `probeVideo` said about the file; saves probing it again. */
  readonly info?: VideoInfo | undefined;
  /** Ends the decoder and rejects when aborted. */
  readonly signal?: AbortSignal | undefined;
  /**
   * "stored" (default): the pixels of the file, rotated as it asks for, as the reference reads
   * them. "display": scaled to square pixels, `info.display`.
   */
  readonly pixels?: "stored" | "display" | undefined;
  /** Scale to this size while decoding, for previews; default: as `pixels` says. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/** Reads the frames at `indices` (display order, any order, duplicates allowed) of a video file. */
export async function readFrames(
  path: string,
  indices: readonly number[],
  options: ReadOptions = {},
): Promise<Frames> {
  const info = options.info ?? (await probeVideo(path, options.signal));
  const { width, height } = frameSize(info, options);
  const frameBytes = width * height * 3;
  const data = new Uint8Array(indices.length * frameBytes);

  const places = new Map<number, number[]>();
  indices.forEach((index, place) => {
    const at = places.get(index);
    if (at === undefined) places.set(index, [place]);
    else at.push(place);
  });
  const ascending = [...places.keys()].sort((a, b) => a - b);
  let read = 0;
  for await (const frame of streamFrames(path, ascending, { ...options, info })) {
    for (const place of places.get(ascending[read]!) ?? []) data.set(frame, place * frameBytes);
    read++;
  }
  return { data, shape: [indices.length, height, width, 3] };
}

/**
 * Yields the frames at `indices` one by one, each `[h, w, 3]`, holding one at a time. A list that
 * goes backwards costs a new decoder run at each turn.
 */
export async function* streamFrames(
  path: string,
  indices: readonly number[],
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal } = options;
  const info = options.info ?? (await probeVideo(path, signal));
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= info.frames) {
      throw new RangeError(
        `readFrames: frame ${index} of ${path}, which has frames 0 to ${info.frames - 1}`,
      );
    }
  }
  const video = await probedVideo(info, signal);
  const size = frameSize(info, options);
  for (const run of ascendingRuns(indices)) {
    const distinct = [...new Set(run)];
    let place = 0;
    for (const segment of planSegments(video.timeline, distinct)) {
      for await (const frame of decodeSegment(video, segment, size, signal)) {
        const index = run[place++];
        for (; place < run.length && run[place] === index; place++) yield frame.slice();
        yield frame;
      }
    }
  }
}

function frameSize(info: VideoInfo, { pixels, size }: ReadOptions): Size {
  return size ?? (pixels === "display" ? info.display : info);
}

function* ascendingRuns(indices: readonly number[]): Generator<readonly number[]> {
  let first = 0;
  for (let i = 1; i <= indices.length; i++) {
    if (i === indices.length || indices[i]! < indices[i - 1]!) {
      yield indices.slice(first, i);
      first = i;
    }
  }
}
