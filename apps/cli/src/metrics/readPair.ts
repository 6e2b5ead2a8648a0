import { streamFrames } from "@vidtok/data";
import type { Frames, VideoInfo } from "@vidtok/data";
import { scaledImage } from "./scaledImage.ts";

/** Frames of both videos, the second's in the size of the first's. */
export interface ClipPair {
  readonly real: Frames;
  readonly fake: Frames;
}

/** Reads the frames with these growing indices of two videos side by side, at most `length` at a time. */
export async function* readPair(
  real: VideoInfo,
  fake: VideoInfo,
  { indices, length }: { readonly indices: readonly number[]; readonly length: number },
  signal: AbortSignal,
): AsyncGenerator<ClipPair> {
  const { height, width } = real;
  const size = height * width * 3;
  const [reals, fakes] = [real, fake].map((info) =>
    streamFrames(info.path, indices, { info, signal }),
  ) as [AsyncGenerator<Uint8Array>, AsyncGenerator<Uint8Array>];
  try {
    for (let first = 0; first < indices.length; first += length) {
      const count = Math.min(length, indices.length - first);
      const data = [new Uint8Array(count * size), new Uint8Array(count * size)] as const;
      for (let i = 0; i < count; i++) {
        data[0].set(await next(reals, real), i * size);
        const frame = { ...fake, data: await next(fakes, fake) };
        data[1].set(scaledImage(frame, height, width).data, i * size);
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
