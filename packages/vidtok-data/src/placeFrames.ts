import type { Frames } from "./frames.ts";
import { rgbResizer } from "./resize.ts";
import type { AxisWindow } from "./resize.ts";
import type { Clip } from "./clip.ts";

/** The part of a resized axis that is seen, and where it lies in the result. */
export interface Placement {
  readonly window: AxisWindow;
  /** Positions before it that stay black. */
  readonly margin: number;
}

/** Resizes each frame, antialiased, into a clip of `height` × `width` that is black elsewhere. */
export function placeFrames(
  op: string,
  frames: Frames,
  rows: Placement,
  columns: Placement,
  [height, width]: readonly [height: number, width: number],
): Clip {
  const [t, h, w] = frames.shape;
  if (frames.data.length !== t * h * w * 3) {
    throw new RangeError(
      `${op}: ${frames.data.length} bytes but shape [${t}, ${h}, ${w}, 3] takes ${t * h * w * 3}`,
    );
  }
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`${op}: size ${height}x${width} is not positive and whole`);
  }
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
