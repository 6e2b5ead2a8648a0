import { ffmpegPath } from "./binaries.ts";
import { startChild } from "./child.ts";
import { probedVideo, probeVideo } from "./probe.ts";
import type { ProbedVideo, VideoInfo } from "./probe.ts";
import { planSegments, selectExpression } from "./timeline.ts";
import type { Segment } from "./timeline.ts";
import { VideoError } from "./videoError.ts";

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
  /** Scale to this size while decoding, for previews; default: the displayed size. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/** Reads the frames at `indices` (display order, any order, duplicates allowed) of a video file. */
export async function readFrames(
  path: string,
  indices: readonly number[],
  options: ReadOptions = {},
): Promise<Frames> {
  const info = options.info ?? (await probeVideo(path, options.signal));
  const { width, height } = options.size ?? info;
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
  const size = options.size ?? info;
  for (const run of ascendingRuns(indices)) {
    const distinct = [...new Set(run)];
    let place = 0;
    for (const segment of planSegments(video.timeline, distinct)) {
      for await (const frame of readSegment(video, segment, size, signal)) {
        const index = run[place++];
        for (; place < run.length && run[place] === index; place++) yield frame.slice();
        yield frame;
      }
    }
  }
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

type Size = NonNullable<ReadOptions["size"]>;

async function* readSegment(
  video: ProbedVideo,
  segment: Segment,
  size: Size,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let { indices, seek } = segment;
  for (;;) {
    const decoder = decode(video, { indices, seek }, size, signal);
    let stderr = "";
    let read = 0;
    for (;;) {
      const next = await decoder.next();
      if (next.done === true) {
        stderr = next.value;
        break;
      }
      read++;
      yield next.value;
    }
    indices = indices.slice(read);
    if (indices.length === 0) return;
    // Frames are picked by their times, so a seek that lands late leaves some out but never gives
    // wrong ones; the rest is then read from the start.
    if (seek === undefined) {
      throw new VideoError(
        `video: ${video.info.path} is damaged: frame ${indices[0]} cannot be decoded`,
        stderr,
      );
    }
    seek = undefined;
  }
}

/** Yields the frames one ffmpeg run finds; returns what it wrote to stderr. */
async function* decode(
  video: ProbedVideo,
  { indices, seek }: Segment,
  { width, height }: Size,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, string, undefined> {
  const select = selectExpression(video.timeline, indices);
  // A microsecond more, because ffmpeg keeps no smaller units and must not land before the key.
  const start = seek === undefined ? [] : ["-ss", (seek + 1e-6).toFixed(6)];
  const input = ["-noaccurate_seek", "-seek_timestamp", "1", ...start, "-copyts"];
  const child = startChild(
    ffmpegPath(),
    [
      ...["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe"],
      ...[...input, "-i", `file:${video.info.path}`, "-map", `0:${video.stream}`],
      ...["-vf", `select='${select}',scale=${width}:${height}`, "-frames:v", `${indices.length}`],
      ...["-vsync", "0", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
    ],
    signal,
  );
  try {
    const frameBytes = width * height * 3;
    let frame = new Uint8Array(frameBytes);
    let filled = 0;
    for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) {
      for (let from = 0; from < chunk.length;) {
        const part = chunk.subarray(from, from + frameBytes - filled);
        frame.set(part, filled);
        filled += part.length;
        from += part.length;
        if (filled === frameBytes) {
          yield frame;
          frame = new Uint8Array(frameBytes);
          filled = 0;
        }
      }
    }
    const { stderr } = await child.ended;
    signal?.throwIfAborted();
    return stderr;
  } finally {
    child.kill();
  }
}
