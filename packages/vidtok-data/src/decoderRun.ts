import { ffmpegPath } from "./binaries.ts";
import { startChild } from "./child.ts";
import type { Child } from "./child.ts";
import { inputArguments } from "./inputFile.ts";
import { memoryFor } from "./limits.ts";
import { PictureLog } from "./pictureLog.ts";

/** The pictures that a decoder run is to yield. */
export interface DecodedStream {
  readonly path: string;
  /** Index of the video stream among the file's streams. */
  readonly stream: number;
  /** Pixels of a picture, as the container announces them. */
  readonly pixels: number;
  /** Whether pictures before the first key frame are left out: they refer to missing ones. */
  readonly skipsToKey: boolean;
}

/** A running decoder and what it reports. */
export interface DecoderRun {
  readonly child: Child;
  readonly log: PictureLog;
}

/** What a decoder run does. */
export interface RunOptions {
  /** An ffmpeg filter graph. */
  readonly filters: string;
  /** Arguments from the format on. */
  readonly output: readonly string[];
  /** The time of a key frame to begin at, in seconds; default: the start of the file. */
  readonly seek?: number | undefined;
  /** Threads of the decoder; default: as many as ffmpeg likes. */
  readonly threads?: number | undefined;
}

/**
 * Starts ffmpeg on one video stream. The filter graph lasts for the whole stream, also when the
 * size of the pictures changes, so that `select` keeps counting.
 */
export function startDecoder(
  { path, stream, pixels, skipsToKey }: DecodedStream,
  { filters, output, seek = 0, threads }: RunOptions,
  signal: AbortSignal | undefined,
): DecoderRun {
  // A microsecond more, because ffmpeg keeps no smaller units and must not land before the key.
  const start = seek > 0 ? ["-ss", (seek + 1e-6).toFixed(6)] : [];
  const toKey = skipsToKey ? "select='gt(selected_n,0)+key'," : "";
  const child = startChild(
    ffmpegPath(),
    [
      ...["-v", "level+info", "-nostdin", "-hide_banner", "-nostats"],
      ...["-noaccurate_seek", "-seek_timestamp", "1", ...start, "-copyts"],
      // A crop that ends between SIMD words is applied exactly, as the file asks for.
      ...["-noautorotate", "-reinit_filter", "0", "-flags:v", "unaligned"],
      ...(threads === undefined ? [] : ["-threads", `${threads}`]),
      ...[...inputArguments(path), "-map", `0:${stream}`],
      ...["-vf", `${toKey}${filters}`, "-vsync", "0", "-map_metadata", "-1", ...output],
    ],
    { signal, memory: memoryFor(path, pixels) },
  );
  return { child, log: new PictureLog(child.stderr) };
}
