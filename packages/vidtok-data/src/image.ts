import type { Frames } from "./frames.ts";

/** An RGB picture, `[height, width, 3]`. */
export interface Image {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Frame `index` as an image that shares memory with the frames. */
export function frameImage(frames: Frames, index: number): Image {
  const [t, height, width] = frames.shape;
  if (!(index >= 0 && index < t)) {
    throw new RangeError(`frameImage: frame ${index} of ${t}`);
  }
  const size = width * height * 3;
  return { data: frames.data.subarray(index * size, (index + 1) * size), width, height };
}

/** The absolute difference of two images times `gain` (default 4), at most 255. */
export function differenceImage(a: Image, b: Image, gain = 4): Image {
  sameSize("differenceImage", [a, b]);
  const data = a.data.map((value, i) => Math.min(255, Math.abs(value - b.data[i]!) * gain));
  return { data, width: a.width, height: a.height };
}

/** Two images of equal height next to each other. */
export function sideBySide(left: Image, right: Image): Image {
  if (left.height !== right.height) {
    throw new RangeError(`sideBySide: heights ${left.height} and ${right.height} differ`);
  }
  const sheet = blank(left.width + right.width, left.height, 0);
  paste(sheet, left, 0, 0);
  paste(sheet, right, left.width, 0);
  return sheet;
}

/** How a contact sheet is laid out. */
export interface ContactSheetOptions {
  /** Pixels between and around the pictures; default 4. */
  readonly gap?: number | undefined;
  /** Grey level between them; default 255, white. */
  readonly background?: number | undefined;
}

/** One image of rows of equally large images, for example input, reconstruction, difference. */
export function contactSheet(
  rows: readonly (readonly Image[])[],
  { gap = 4, background = 255 }: ContactSheetOptions = {},
): Image {
  const { width, height } = sameSize("contactSheet", rows.flat());
  const columns = Math.max(...rows.map((row) => row.length));
  const sheet = blank(
    columns * (width + gap) + gap,
    rows.length * (height + gap) + gap,
    background,
  );
  rows.forEach((row, y) =>
    row.forEach((image, x) =>
      paste(sheet, image, gap + x * (width + gap), gap + y * (height + gap)),
    ),
  );
  return sheet;
}

function sameSize(op: string, images: readonly Image[]): Image {
  const first = images[0];
  if (first === undefined) throw new RangeError(`${op}: no images`);
  for (const { width, height } of images) {
    if (width !== first.width || height !== first.height) {
      throw new RangeError(
        `${op}: images of ${first.width}x${first.height} and ${width}x${height}; make them equal`,
      );
    }
  }
  return first;
}

function blank(width: number, height: number, grey: number): Image {
  return { data: new Uint8Array(width * height * 3).fill(grey), width, height };
}

function paste(onto: Image, image: Image, left: number, top: number): void {
  const row = image.width * 3;
  for (let y = 0; y < image.height; y++) {
    const from = image.data.subarray(y * row, (y + 1) * row);
    onto.data.set(from, ((top + y) * onto.width + left) * 3);
  }
}
