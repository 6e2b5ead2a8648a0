import type { Planes } from "../video.ts";
import { SIDE } from "./clipSize.ts";

/**
 * What is done to frames before I3D sees them, after the programs that made each popular. Both resize the shorter side to 224 bilinearly
 * without antialiasing, cut out the middle and take [0, 1] to [-1, 1]; `videogpt` cuts values down to whole bytes first.
 */
export type Preprocessing = "videogpt" | "styleganv";

// A float32 that stands for a byte may lie this far below it, times 255.
const SLACK = 2e-5;

/** A clip as I3D takes it, `[3, t, 224, 224]` in [-1, 1]; gray becomes three equal channels and transparency is left out. */
export function preprocess(video: Planes, preprocessing: Preprocessing): Float32Array {
  const { frames, channels, height, width } = video;
  const { from: top, taps: rows } = resampled(height, width);
  const { from: left, taps: columns } = resampled(width, height);
  const plane = new Float64Array(height * width);
  const clip = new Float32Array(3 * frames * SIDE * SIDE);
  for (let c = 0; c < 3; c++) {
    for (let t = 0; t < frames; t++) {
      video.read(t, channels === 1 ? 0 : c, plane);
      if (preprocessing === "videogpt") {
        for (let i = 0; i < plane.length; i++) {
          plane[i] = Math.floor(plane[i]! * 255 + SLACK) / 255;
        }
      }
      let to = (c * frames + t) * SIDE * SIDE;
      for (let y = 0; y < SIDE; y++) {
        const row = rows(top + y);
        for (let x = 0; x < SIDE; x++) {
          const column = columns(left + x);
          const above = mix(plane, row.first * width, column);
          const below = mix(plane, row.second * width, column);
          clip[to++] = 2 * (above + (below - above) * row.share) - 1;
        }
      }
    }
  }
  return clip;
}

/** Two neighbours and the second one's share. */
interface Tap {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** How one side is resized so that the shorter of both is 224, and where the middle starts. */
function resampled(
  size: number,
  other: number,
): { readonly from: number; readonly taps: (i: number) => Tap } {
  const length = size <= other ? SIDE : Math.ceil(size * (SIDE / other));
  const spacing = size / length;
  const all = Array.from({ length }, (_, i): Tap => {
    const at = Math.max(0, spacing * (i + 0.5) - 0.5);
    const first = Math.min(Math.floor(at), size - 1);
    return { first, second: Math.min(first + 1, size - 1), share: at - first };
  });
  return { from: Math.floor((length - SIDE) / 2), taps: (i) => all[i]! };
}

function mix(plane: Float64Array, row: number, { first, second, share }: Tap): number {
  const a = plane[row + first]!;
  return a + (plane[row + second]! - a) * share;
}
