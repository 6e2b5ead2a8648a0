import { ffmpegPath } from "./binaries.ts";
import { startChild } from "./child.ts";
import { boundProblem } from "./complaint.ts";
import { inputArguments } from "./inputFile.ts";
import { memoryFor } from "./limits.ts";
import type { ProbedVideo } from "./probe.ts";
import { programOutput } from "./programOutput.ts";
import { selectExpression } from "./timeline.ts";
import type { Segment } from "./timeline.ts";
import { VideoError } from "./videoError.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Decodes a segment's frames, each `[height, width, 3]` RGB, one at a time. */
export async function* decodeSegment(
  video: ProbedVideo,
  segment: Segment,
  size: Size,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  // A seek may land too late, whatever the index of the file says; that run delivers nothing.
  const isSought = segment.seek !== undefined;
  for (const seek of isSought ? [segment.seek, undefined] : [undefined]) {
    const run = { stderr: "" };
    let frames = 0;
    for await (const frame of decode(video, { ...segment, seek }, size, signal, run)) {
      frames++;
      yield frame;
    }
    const { indices } = segment;
    if (frames === indices.length) return;
    if (frames === 0 && seek !== undefined) continue;
    const damage =
      `is damaged: ${frames} of the ${indices.length} frames wanted ` +
      `from ${indices[0]} to ${indices.at(-1)} can be decoded`;
    const problem = boundProblem(run.stderr) ?? damage;
    throw new VideoError(`video: ${video.info.path} ${problem}`, run.stderr);
  }
}

/** Yields the frames one ffmpeg run finds; what it writes to stderr goes to `run`. */
async function* decode(
  video: ProbedVideo,
  { indices, seek }: Segment,
  { width, height }: Size,
  signal: AbortSignal | undefined,
  run: { stderr: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { path } = video.info;
  const select = selectExpression(video.timeline, indices);
  // A microsecond more, because ffmpeg keeps no smaller units and must not land before the key.
  const start = seek === undefined ? [] : ["-ss", (seek + 1e-6).toFixed(6)];
  const input = ["-noaccurate_seek", "-seek_timestamp", "1", ...start, "-copyts"];
  const child = startChild(
    ffmpegPath(),
    [
      ...["-v", "error", "-nostdin", ...input, ...inputArguments(path)],
      ...["-map", `0:${video.stream}`],
      ...["-vf", `select='${select}',scale=${width}:${height}`, "-frames:v", `${indices.length}`],
      ...["-vsync", "0", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
    ],
    { signal, memory: memoryFor(path, video.info.width * video.info.height) },
  );
  try {
    const frameBytes = width * height * 3;
    let frame = new Uint8Array(frameBytes);
    let filled = 0;
    for await (const chunk of programOutput(child, path) as AsyncIterable<Uint8Array>) {
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
    run.stderr = (await child.ended).stderr;
    signal?.throwIfAborted();
  } finally {
    child.kill();
  }
}
