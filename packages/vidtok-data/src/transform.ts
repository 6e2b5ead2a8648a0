import type { Frames } from "./frames.ts";
import { rgbResizer } from "./resize.ts";
import { roundHalfEven } from "./rounding.ts";

/** A clip as models take it: planes of values in [-1, 1]. */
export interface Clip {
  readonly data: Float32Array;
  /** `[3, t, h, w]` */
  readonly shape: readonly [c: 3, t: number, h: number, w: number];
}

/**
 * Scales frames so that their shorter side is `height`, cuts out the centre `[height, width]`
 * (black where the picture is smaller) and maps 0…255 to -1…1.
 */
export function resizeCropNormalize(frames: Frames, height: number, width: number): Clip {
  const [t, h, w] = frames.shape;
  if (frames.data.length !== t * h * w * 3) {
    throw new RangeError(
      `resizeCropNormalize: ${frames.data.length} bytes but shape [${t}, ${h}, ${w}, 3] takes ` +
        `${t * h * w * 3}`,
    );
  }
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`resizeCropNormalize: size ${height}x${width} is not positive and whole`);
  }
  const [tall, wide] =
    h <= w ? [height, Math.trunc((height * w) / h)] : [Math.trunc((height * h) / w), height];
  const rows = centre(h, tall, height);
  const columns = centre(w, wide, width);
  const resize = rgbResizer(rows.window, columns.window);

  const plane = height * width;
  const data = new Float32Array(3 * t * plane).fill(-1);
  for (let i = 0; i < t; i++) {
    resize(frames.data.subarray(i * h * w * 3, (i + 1) * h * w * 3), {
      out: data,
      start: i * plane + rows.margin * width + columns.margin,
      planeStride: t * plane,
      rowStride: width,
    });
  }
  return { data, shape: [3, t, height, width] };
}

/** The centre `target` of `size` positions, or all of them behind a margin if they are fewer. */
function centre(input: number, size: number, target: number) {
  const margin = Math.max(0, Math.floor((target - size) / 2));
  const from = Math.max(0, roundHalfEven((size - target) / 2));
  return { margin, window: { input, size, from, length: Math.min(size, target) } };
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
