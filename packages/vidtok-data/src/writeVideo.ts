import { ffmpegPath } from "./binaries.ts";
import { startChild } from "./child.ts";
import { probeVideo } from "./probe.ts";
import { partialFile } from "./partialFile.ts";
import { VideoError } from "./videoError.ts";

/** What a video file is to be. */
export interface WriteVideoOptions {
  readonly width: number;
  readonly height: number;
  /** Frames per second, kept exactly (29.97 is 2997/100). */
  readonly fps: number;
  /** Width of a pixel by its height, as a fraction; default [1, 1]. */
  readonly sampleAspectRatio?: readonly [numerator: number, denominator: number];
  /** Ends the encoder and leaves nothing behind when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** A video being written; the file appears at `close`. Call `abort` when `close` is not reached. */
export interface VideoWriter {
  /** Appends a frame `[height, width, 3]`; when it resolves the array may be used again. */
  write(frame: Uint8Array): Promise<void>;
  /** Finishes the file and puts it in its place. */
  close(): Promise<void>;
  /** Gives up; nothing is left. Does nothing after `close`. */
  abort(): Promise<void>;
}

/**
 * Begins an mp4 file: H.264 by libx264 with its default settings, yuv420p. That format has even
 * sizes only, so an odd one is extended by repeating the last column or row.
 */
export function writeVideo(path: string, options: WriteVideoOptions): VideoWriter {
  const { width, height, fps, sampleAspectRatio: [wide, high] = [1, 1], signal } = options;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(`writeVideo: size ${width}x${height} is not positive and whole`);
  }
  if (!(fps > 0 && Number.isFinite(fps))) {
    throw new RangeError(`writeVideo: ${fps} frames per second is not positive`);
  }
  if (![wide, high].every((part) => Number.isInteger(part) && part > 0)) {
    throw new RangeError(`writeVideo: pixels of ${wide}:${high} are not positive and whole`);
  }
  const ffmpeg = ffmpegPath();
  signal?.throwIfAborted();
  const file = partialFile("writeVideo", path);
  const [evenWidth, evenHeight] = [width + (width % 2), height + (height % 2)];
  const child = startChild(
    ffmpeg,
    [
      ...["-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${evenWidth}x${evenHeight}`],
      ...["-r", `${fps}`, "-i", "pipe:0", "-c:v", "libx264", "-pix_fmt", "yuv420p"],
      ...(wide === high ? [] : ["-vf", `setsar=${wide}/${high}`]),
      ...["-r", `${fps}`, "-f", "mp4", "-y", `file:${file.path}`],
    ],
    { signal },
  );
  child.stdout.resume();
  // Also when nobody is waiting: a killed encoder must not leave its file until we exit.
  let isClosing = false;
  const discardUnlessClosing = (): void => {
    if (!isClosing) file.discard();
  };
  void child.ended.then(discardUnlessClosing, discardUnlessClosing);
  let frames = 0;
  let state: "open" | "closed" | "failed" = "open";

  async function fail(message: string): Promise<never> {
    state = "failed";
    child.kill();
    const { stderr } = await child.ended;
    file.discard();
    signal?.throwIfAborted();
    throw new VideoError(`writeVideo: ${message}`, stderr);
  }

  async function finish(): Promise<void> {
    child.stdin.end();
    const { code, stderr } = await child.ended;
    if (code !== 0) {
      await fail(`the encoder of ${path} stopped: ${stderr.split("\n").at(-1)}`);
    }
    const whole = await countFrames(file.path);
    if (whole !== frames) {
      await fail(
        `${path} has ${whole} of its ${frames} frames (is the disk full?): ${stderr.split("\n").at(-1)}`,
      );
    }
    await file.commit();
  }

  return {
    async write(frame) {
      if (state !== "open") throw new VideoError(`writeVideo: ${path} is ${state} already`);
      const needed = width * height * 3;
      if (frame.length !== needed) {
        return fail(
          `frame ${frames} has ${frame.length} bytes but ${width}x${height} RGB takes ${needed}`,
        );
      }
      frames++;
      const even = extend(frame, width, height, evenWidth, evenHeight);
      const error = await new Promise<unknown>((resolve) => child.stdin.write(even, resolve));
      if (error) {
        const { stderr } = await child.ended;
        await fail(`the encoder of ${path} stopped: ${stderr.split("\n").at(-1)}`);
      }
    },
    async close() {
      if (state !== "open") throw new VideoError(`writeVideo: ${path} is ${state} already`);
      if (frames === 0) return fail(`no frames for ${path}`);
      state = "closed";
      isClosing = true;
      try {
        await finish();
      } catch (error) {
        file.discard();
        throw error;
      }
    },
    async abort() {
      if (state !== "open") return;
      state = "failed";
      child.kill();
      await child.ended.catch(() => undefined);
      file.discard();
    },
  };
}

/**
 * The frames of a finished file. ffmpeg ends as if all were well when a disk is full as it writes
 * the last of them.
 */
async function countFrames(path: string): Promise<number> {
  try {
    return (await probeVideo(path)).frames;
  } catch (error) {
    if (error instanceof VideoError) return 0;
    throw error;
  }
}

function extend(
  frame: Uint8Array,
  width: number,
  height: number,
  evenWidth: number,
  evenHeight: number,
): Uint8Array {
  if (width === evenWidth && height === evenHeight) return frame;
  const out = new Uint8Array(evenWidth * evenHeight * 3);
  for (let y = 0; y < evenHeight; y++) {
    const row = Math.min(y, height - 1) * width * 3;
    const at = y * evenWidth * 3;
    out.set(frame.subarray(row, row + width * 3), at);
    if (evenWidth > width)
      out.set(frame.subarray(row + (width - 1) * 3, row + width * 3), at + width * 3);
  }
  return out;
}
