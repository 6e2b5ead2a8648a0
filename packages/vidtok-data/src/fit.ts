import type { Frames } from "./frames.ts";
import { placeFrames } from "./placeFrames.ts";
import type { Placement } from "./placeFrames.ts";
import { roundHalfEven } from "./rounding.ts";
import type { Clip } from "./clip.ts";

/**
 * How frames of any size become those of a clip: `crop` scales the shorter side to `height` and
 * cuts out the centre, `contain` scales the whole picture into `height` × `width` with black borders,
 * `native` keeps every pixel.
 */
export type Fit =
  | {
      readonly fit: "crop" | "contain";
      /** Rows of the result. */
      readonly height: number;
      /** Columns of the result. */
      readonly width: number;
    }
  | { readonly fit: "native" };

/** Frames as a clip in -1…1, fitted as `fit` says; resized with antialiasing. */
export function fitFrames(frames: Frames, fit: Fit): Clip {
  if (fit.fit === "crop") return resizeCropNormalize(frames, fit.height, fit.width);
  const [, h, w] = frames.shape;
  if (fit.fit === "native") {
    return placeFrames("fitFrames", frames, centre(h, h, h), centre(w, w, w), [h, w]);
  }
  const { height, width } = fit;
  const scale = Math.min(height / h, width / w);
  const [tall, wide] = [h, w].map((size) => Math.max(1, Math.round(size * scale)));
  const rows = centre(h, tall!, height);
  const columns = centre(w, wide!, width);
  return placeFrames("fitFrames", frames, rows, columns, [height, width]);
}

/** The share of the picture's area that `fit` cuts off, from 0 to 1. */
export function cutShare(height: number, width: number, fit: Fit): number {
  if (fit.fit !== "crop") return 0;
  const [tall, wide] = cropSize(height, width, fit.height);
  return 1 - Math.min(1, fit.height / tall) * Math.min(1, fit.width / wide);
}

/**
 * Scales frames so that their shorter side is `height`, cuts out the centre `[height, width]`
 * (black where the picture is smaller) and maps 0…255 to -1…1.
 */
export function resizeCropNormalize(frames: Frames, height: number, width: number): Clip {
  const [, h, w] = frames.shape;
  const [tall, wide] = cropSize(h, w, height);
  const rows = centre(h, tall, height);
  const columns = centre(w, wide, width);
  return placeFrames("resizeCropNormalize", frames, rows, columns, [height, width]);
}

/** The size of a picture whose shorter side is scaled to `side`. */
function cropSize(h: number, w: number, side: number): readonly [tall: number, wide: number] {
  return h <= w ? [side, Math.trunc((side * w) / h)] : [Math.trunc((side * h) / w), side];
}

/** The centre `target` of `size` positions, or all of them behind a margin if they are fewer. */
function centre(input: number, size: number, target: number): Placement {
  const margin = Math.max(0, Math.floor((target - size) / 2));
  const from = Math.max(0, roundHalfEven((size - target) / 2));
  return { margin, window: { input, size, from, length: Math.min(size, target) } };
}
