import { resizeAntialias, streamFrames } from "@vidtok/data";
import type { Frames, VideoInfo } from "@vidtok/data";

/** Frames of both videos, the second's in the size of the first's. */
export interface ClipPair {
  readonly real: Frames;
  readonly fake: Frames;
}

/** Reads the first `frames` frames of two videos side by side, at most `length` at a time. */
export async function* readPair(
  real: VideoInfo,
  fake: VideoInfo,
  { frames, length }: { readonly frames: number; readonly length: number },
  signal: AbortSignal,
): AsyncGenerator<ClipPair> {
  const { height, width } = real;
  const size = height * width * 3;
  const isSameSize = fake.height === height && fake.width === width;
  const indices = Array.from({ length: frames }, (_, i) => i);
  const [reals, fakes] = [real, fake].map((info) =>
    streamFrames(info.path, indices, { info, signal }),
  ) as [AsyncGenerator<Uint8Array>, AsyncGenerator<Uint8Array>];
  try {
    for (let first = 0; first < frames; first += length) {
      const count = Math.min(length, frames - first);
      const data = [new Uint8Array(count * size), new Uint8Array(count * size)] as const;
      for (let i = 0; i < count; i++) {
        data[0].set(await next(reals, real), i * size);
        const frame = await next(fakes, fake);
        data[1].set(isSameSize ? frame : resized(frame, fake, real), i * size);
      }
      const shape = [count, height, width, 3] as const;
      yield { real: { data: data[0], shape }, fake: { data: data[1], shape } };
    }
  } finally {
    await Promise.all([reals.return(undefined), fakes.return(undefined)]);
  }
}

async function next(frames: AsyncGenerator<Uint8Array>, { path }: VideoInfo): Promise<Uint8Array> {
  const { value } = (await frames.next()) as IteratorResult<Uint8Array, undefined>;
  if (value === undefined) throw new Error(`metrics: ${path} ended before its last frame`);
  return value;
}

/** A frame `[h, w, 3]` scaled bilinearly with antialiasing, rounded to bytes. */
function resized(frame: Uint8Array, from: VideoInfo, to: VideoInfo): Uint8Array {
  const out = new Uint8Array(to.height * to.width * 3);
  for (let c = 0; c < 3; c++) {
    const plane = Float32Array.from(
      { length: from.height * from.width },
      (_, i) => frame[3 * i + c]!,
    );
    const scaled = resizeAntialias(plane, [from.height, from.width], to.height, to.width);
    scaled.forEach((value, i) => (out[3 * i + c] = Math.round(value)));
  }
  return out;
}
