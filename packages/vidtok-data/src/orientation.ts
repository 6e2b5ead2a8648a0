import { number } from "./ffprobe.ts";
import type { Fields } from "./ffprobe.ts";

/** A width and a height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How a stored picture is shown: mirrored left to right if need be, then rotated clockwise. */
export interface Orientation {
  readonly mirrored: boolean;
  /** Degrees clockwise: 0, 90, 180 or 270. */
  readonly rotation: number;
}

/**
 * The orientation that a stream's display matrix asks for, else its `rotate` tag (older Matroska
 * files). Angles between quarter turns are rounded to the nearest.
 */
export function orientationOf(video: Fields): Orientation {
  const matrix = displayMatrix(video);
  if (matrix === undefined) {
    return { mirrored: false, rotation: quarters(number(video, "tag:rotate") || 0) };
  }
  // A stored point (p, q), q downwards, is shown at (a p + c q, b p + d q).
  const [a, b, , c, d] = matrix as [number, number, number, number, number];
  const mirrored = a * d - b * c < 0;
  const sign = mirrored ? -1 : 1;
  const degrees = (Math.atan2(sign * b, sign * a) * 180) / Math.PI;
  return { mirrored, rotation: quarters(degrees) };
}

/** ffmpeg filters that show a stored picture as it is meant to be seen. */
export function orientationFilters({ mirrored, rotation }: Orientation): string[] {
  const turn = { 90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"] };
  return [...(mirrored ? ["hflip"] : []), ...(turn[rotation as 90 | 180 | 270] ?? [])];
}

/** The size of a picture of size `size` once it is rotated. */
export function rotated({ width, height }: Size, { rotation }: Orientation): Size {
  return rotation % 180 === 90 ? { width: height, height: width } : { width, height };
}

/** The numbers of the display matrix by rows, or undefined where there is none. */
function displayMatrix(video: Fields): number[] | undefined {
  // Releases of ffprobe differ in the prefix of the name.
  const name = [...video.keys()].find((key) => /(^|:)displaymatrix$/.test(key));
  const text = name === undefined ? "" : (video.get(name) ?? "");
  // Three rows such as "00000001:        65536           0           0".
  const rows = [...text.matchAll(/: +(-?\d+) +(-?\d+) +(-?\d+)/g)];
  return rows.length === 3 ? rows.flatMap((row) => row.slice(1).map(Number)) : undefined;
}

function quarters(degrees: number): number {
  return (((Math.round(degrees / 90) * 90) % 360) + 360) % 360;
}
