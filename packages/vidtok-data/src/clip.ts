import type { Frames } from "./frames.ts";

/** A clip as models take it: planes of values in [-1, 1]. */
export interface Clip {
  readonly data: Float32Array;
  /** `[3, t, h, w]` */
  readonly shape: readonly [c: 3, t: number, h: number, w: number];
}

/** RGB frames of a clip: trunc(255 · (x + 1) / 2), clamped to 0…255. */
export function clipToFrames(clip: Clip): Frames {
  const [, t, h, w] = clip.shape;
  const plane = h * w;
  const data = new Uint8Array(t * plane * 3);
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < t * plane; i++) {
      const x = Math.fround(Math.fround(clip.data[c * t * plane + i]! + 1) / 2);
      data[i * 3 + c] = Math.max(0, Math.min(255, Math.fround(x * 255)));
    }
  }
  return { data, shape: [t, h, w, 3] };
}
