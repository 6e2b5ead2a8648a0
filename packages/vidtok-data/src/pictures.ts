import { startDecoder } from "./decoderRun.ts";
import type { DecodedStream, RunOptions } from "./decoderRun.ts";
import { pictureFilter } from "./pictureLog.ts";
import type { Picture } from "./pictureLog.ts";
import { programOutput } from "./programOutput.ts";

/** What decoding shows of a stream. */
export interface DecodedPictures {
  readonly pictures: readonly Picture[];
  /** What ffmpeg complained of. */
  readonly errors: readonly string[];
  /** How many pictures came before the first error that followed any; Infinity without one. */
  readonly firstErrorAt: number;
}

// The pixels are not wanted: a corner is enough.
const corner = `crop='min(iw,8)':'min(ih,8)':0:0,${pictureFilter}`;

// Pictures that any number of threads and any reordering may hold back.
const mostAhead = 100;

/** Decodes a stream, from a key frame or the start, and lists its pictures in display order. */
export async function listPictures(
  stream: DecodedStream,
  seek: number | undefined,
  signal: AbortSignal | undefined,
): Promise<DecodedPictures> {
  const found = await run(stream, { filters: corner, output: [], seek }, signal);
  // Threads report errors ahead of earlier pictures, which matters at the end.
  const isNearEnd = found.firstErrorAt > found.pictures.length - mostAhead;
  if (found.firstErrorAt === Infinity || !isNearEnd) return found;
  return run(stream, { filters: corner, output: [], seek, threads: 1 }, signal);
}

/** The first picture of a stream in its full size, if any can be decoded. */
export async function firstPicture(
  stream: DecodedStream,
  signal: AbortSignal | undefined,
): Promise<{ readonly picture: Picture | undefined; readonly errors: readonly string[] }> {
  const { pictures, errors } = await run(
    stream,
    { filters: pictureFilter, output: ["-frames:v", "1"] },
    signal,
  );
  return { picture: pictures[0], errors };
}

async function run(
  stream: DecodedStream,
  options: RunOptions,
  signal: AbortSignal | undefined,
): Promise<DecodedPictures> {
  const output = [...options.output, "-f", "null", "-"];
  const { child, log } = startDecoder(stream, { ...options, output }, signal);
  child.stdin.end();
  try {
    // Nothing is written there, but the wait is bounded: the log of pictures has to grow.
    await programOutput(child, stream.path, () => log.pictures.length).next();
    signal?.throwIfAborted();
  } finally {
    child.kill();
  }
  return log;
}
