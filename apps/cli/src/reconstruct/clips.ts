import type { Clip } from "@vidtok/data";

/** `count` frames of a clip from frame `first` on. */
export function framesFrom(clip: Clip, first: number, count: number): Clip {
  const [channels, frames, height, width] = clip.shape;
  const plane = height * width;
  const data = new Float32Array(channels * count * plane);
  for (let c = 0; c < channels; c++) {
    const start = (c * frames + first) * plane;
    data.set(clip.data.subarray(start, start + count * plane), c * count * plane);
  }
  return { data, shape: [channels, count, height, width] };
}

/** The last `count` frames of a clip. */
export function lastFrames(clip: Clip, count: number): Clip {
  return framesFrom(clip, clip.shape[1] - count, count);
}

/** The frames of `a`, then those of `b`, which has the same size. */
export function joinInTime(a: Clip, b: Clip): Clip {
  const [channels, , height, width] = a.shape;
  const [fromA, fromB] = [a.shape[1] * height * width, b.shape[1] * height * width];
  const data = new Float32Array(channels * (fromA + fromB));
  for (let c = 0; c < channels; c++) {
    const start = c * (fromA + fromB);
    data.set(a.data.subarray(c * fromA, (c + 1) * fromA), start);
    data.set(b.data.subarray(c * fromB, (c + 1) * fromB), start + fromA);
  }
  return { data, shape: [channels, a.shape[1] + b.shape[1], height, width] };
}

/** A clip with its values clamped to [-1, 1]. */
export function clamped(clip: Clip): Clip {
  return { data: clip.data.map((x) => Math.max(-1, Math.min(1, x))), shape: clip.shape };
}
