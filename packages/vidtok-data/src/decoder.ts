import { boundProblem } from "./complaint.ts";
import { startDecoder } from "./decoderRun.ts";
import { orientationFilters, rotated } from "./orientation.ts";
import type { Size } from "./orientation.ts";
import { pictureFilter } from "./pictureLog.ts";
import type { PictureLog } from "./pictureLog.ts";
import type { ProbedVideo } from "./probe.ts";
import { programOutput } from "./programOutput.ts";
import { selectExpression } from "./timeline.ts";
import type { Segment } from "./timeline.ts";
import { VideoError } from "./videoError.ts";

/** Decodes a segment's frames, each `[height, width, 3]` RGB, one at a time. */
export async function* decodeSegment(
  video: ProbedVideo,
  { indices, seek }: Segment,
  size: Size,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let given = 0;
  const run: { log?: PictureLog } = {};
  for (const start of seek === undefined ? [undefined] : [seek, undefined]) {
    const rest = { indices: indices.slice(given), seek: start };
    for await (const { frame, pts, log } of decode(video, rest, size, run, signal)) {
      const isWanted = video.timeline.pts === null || pts === video.timeline.pts[indices[given]!];
      if (!isWanted || (start !== undefined && isDoubtful(video, log))) break;
      given++;
      yield frame;
    }
    if (given === indices.length) return;
  }
  const errors = run.log?.errors.join("\n") ?? "";
  const damage =
    `is damaged: ${given} of the ${indices.length} frames wanted ` +
    `from ${indices[0]} to ${indices.at(-1)} can be decoded`;
  throw new VideoError(`video: ${video.info.path} ${boundProblem(errors) ?? damage}`, errors);
}

/**
 * Whether pictures decoded from a key frame may be built on missing ones. The H.264 decoder holds
 * back such pictures itself; others report an error and show grey.
 */
function isDoubtful(video: ProbedVideo, { errors }: PictureLog): boolean {
  return video.info.codec !== "h264" && errors.length > 0;
}

/** A frame, its presentation time in ticks, and what its decoder has reported so far. */
interface DecodedFrame {
  readonly frame: Uint8Array;
  readonly pts: number;
  readonly log: PictureLog;
}

/** Yields the frames that one ffmpeg run finds; its log goes to `run`. */
async function* decode(
  video: ProbedVideo,
  { indices, seek }: Segment,
  size: Size,
  run: { log?: PictureLog },
  signal: AbortSignal | undefined,
): AsyncGenerator<DecodedFrame, void, undefined> {
  // The size before rotation; frames are scaled before they are rotated, so that a stream that
  // changes its size midway reaches the other filters in one size.
  const { width, height } = rotated(size, video.info);
  const filters = [
    `select='${selectExpression(video.timeline, indices)}',split[frame][log]`,
    `[log]crop='min(iw,8)':'min(ih,8)':0:0,${pictureFilter},nullsink`,
    // Interlaced pictures are converted field by field, as their chroma is stored.
    `[frame]scale=${width}:${height}:interl=-1,format=rgb24`,
  ];
  const graph = [filters.join(";"), ...orientationFilters(video.info)].join(",");
  const output = ["-frames:v", `${indices.length}`, "-f", "rawvideo", "pipe:1"];
  // Threads conceal what a torn picture lacks in one way now and in another then.
  const threads = video.info.damage === undefined ? undefined : 1;
  const options = { filters: graph, output, seek, threads };
  const { child, log } = startDecoder(video.decoded, options, signal);
  run.log = log;
  child.stdin.end();
  try {
    const frameBytes = width * height * 3;
    let count = 0;
    let frame = new Uint8Array(frameBytes);
    let filled = 0;
    for await (const chunk of programOutput(child, video.info.path) as AsyncIterable<Uint8Array>) {
      for (let from = 0; from < chunk.length;) {
        const part = chunk.subarray(from, from + frameBytes - filled);
        frame.set(part, filled);
        filled += part.length;
        from += part.length;
        if (filled === frameBytes) {
          const picture = await log.picture(count++);
          yield { frame, pts: picture?.pts ?? NaN, log };
          frame = new Uint8Array(frameBytes);
          filled = 0;
        }
      }
    }
    await child.ended;
    signal?.throwIfAborted();
  } finally {
    child.kill();
  }
}
