import { contactSheet, differenceImage, encodePng } from "@vidtok/data";
import type { Image } from "@vidtok/data";
import { scaledImage } from "../metrics/scaledImage.ts";

const MOST_FRAMES = 6;
const LONGEST_SIDE = 256;
// Between pictures, on a page that is white or black.
const GREY = 128;

/** Frames of a video above what is compared with them. */
export interface SheetFrames {
  readonly real: readonly Image[];
  readonly fake: readonly Image[];
}

/** Indices of up to six frames of a video, from its first to its last in equal steps. */
export function sheetIndices(frames: number): readonly number[] {
  const step = (frames - 1) / (MOST_FRAMES - 1);
  return [...new Set(Array.from({ length: MOST_FRAMES }, (_, i) => Math.round(i * step)))];
}

/** A PNG file of the frames, what is compared with them, and four times the difference, in three rows and at most 256 pixels a side. */
export function sheetPng({ real, fake }: SheetFrames): Uint8Array {
  const difference = real.map((image, i) => differenceImage(image, fake[i]!));
  const rows = [real, fake, difference].map((row) => row.map(small));
  return encodePng(contactSheet(rows, { background: GREY }));
}

function small(image: Image): Image {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.height, image.width));
  const [height, width] = [image.height, image.width].map((side) =>
    Math.max(1, Math.round(side * scale)),
  );
  return scaledImage(image, height!, width!);
}
