/** For each output position: the first input position and the weights from there on. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `widest` weights per output position, the rest 0. */
  readonly weights: Float64Array;
  readonly widest: number;
}

/** Part of one axis of a resized image: positions `from` to `from + length` of `size`. */
export interface AxisWindow {
  readonly input: number;
  readonly size: number;
  readonly from: number;
  readonly length: number;
}

/**
 * Triangle-filter weights, as wide as the scale when shrinking:
 * max(0, 1 − |j − s·(i + ½) + ½| / max(s, 1)) with s = input / size, normalised to sum 1.
 */
function taps({ input, size, from, length }: AxisWindow): Taps {
  const scale = input / size;
  const support = Math.max(scale, 1);
  const widest = Math.ceil(support * 2) + 1;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Float64Array(length * widest);
  for (let i = 0; i < length; i++) {
    const centre = scale * (from + i + 0.5);
    const weight = (j: number): number => Math.max(0, 1 - Math.abs((j - centre + 0.5) / support));
    let low = Math.max(Math.trunc(centre - support + 0.5), 0);
    let high = Math.min(Math.trunc(centre + support + 0.5), input);
    while (weight(low) === 0) low++;
    while (weight(high - 1) === 0) high--;
    let sum = 0;
    for (let j = low; j < high; j++) sum += weights[i * widest + j - low] = weight(j);
    for (let j = low; j < high; j++) weights[i * widest + j - low]! /= sum;
    first[i] = low;
    count[i] = high - low;
  }
  return { first, count, weights, widest };
}

/** Resizes one frame `[rows, columns, 3]` into planes of (v / 255 − ½) / ½. */
export type Resizer = (frame: Uint8Array, target: PlaneTarget) => void;

/** Plane c, row y, column x goes to `out[start + c * planeStride + y * rowStride + x]`. */
export interface PlaneTarget {
  readonly out: Float32Array;
  readonly start: number;
  readonly planeStride: number;
  readonly rowStride: number;
}

/** Prepares an antialiased bilinear resize (half-pixel centres) of RGB: columns, then rows. */
export function rgbResizer(rows: AxisWindow, columns: AxisWindow): Resizer {
  const across = taps(columns);
  const down = taps(rows);
  const width = columns.length;
  const top = Math.min(...down.first);
  const bottom = Math.max(...down.first.map((first, y) => first + down.count[y]!));
  const strip = new Float32Array(Math.max(0, bottom - top) * 3 * width);
  const line = new Float64Array(3 * width);

  return (frame, { out, start, planeStride, rowStride }) => {
    for (let y = top; y < bottom; y++) {
      sumColumns(across, frame, y * columns.input * 3, strip, (y - top) * 3 * width);
    }
    for (let y = 0; y < rows.length; y++) {
      sumRows(down, y, top, strip, line);
      for (let c = 0; c < 3; c++) {
        const to = start + c * planeStride + y * rowStride;
        for (let x = 0; x < width; x++) {
          // Rounded where the reference rounds, so that an unscaled clip has the same bits.
          out[to + x] = (Math.fround(line[c * width + x]! / 255) - 0.5) / 0.5;
        }
      }
    }
  };
}

/** One row `[columns, 3]` at `from[at]` to three planes of a row at `to[start]`. */
function sumColumns(
  { first, count, weights, widest }: Taps,
  from: Uint8Array,
  at: number,
  to: Float32Array,
  start: number,
): void {
  const width = first.length;
  for (let x = 0; x < width; x++) {
    let p = at + first[x]! * 3;
    let [r, g, b] = [0, 0, 0];
    for (let j = x * widest, end = j + count[x]!; j < end; j++, p += 3) {
      const weight = weights[j]!;
      r += weight * from[p]!;
      g += weight * from[p + 1]!;
      b += weight * from[p + 2]!;
    }
    to[start + x] = r;
    to[start + width + x] = g;
    to[start + 2 * width + x] = b;
  }
}

/** The weighted sum of the strip's rows that make up output row `y`; the strip begins at `top`. */
function sumRows(
  { first, count, weights, widest }: Taps,
  y: number,
  top: number,
  strip: Float32Array,
  line: Float64Array,
): void {
  line.fill(0);
  const length = line.length;
  for (let j = 0; j < count[y]!; j++) {
    const weight = weights[y * widest + j]!;
    const row = (first[y]! - top + j) * length;
    for (let x = 0; x < length; x++) line[x]! += weight * strip[row + x]!;
  }
}

/** Antialiased bilinear resize of one plane `[h, w]` to `[height, width]`; nothing is clamped. */
export function resizeAntialias(
  image: Float32Array,
  shape: readonly [h: number, w: number],
  height: number,
  width: number,
): Float32Array {
  const [h, w] = shape;
  const across = taps({ input: w, size: width, from: 0, length: width });
  const down = taps({ input: h, size: height, from: 0, length: height });
  const strip = new Float32Array(h * width);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let j = 0; j < across.count[x]!; j++) {
        sum += across.weights[x * across.widest + j]! * image[y * w + across.first[x]! + j]!;
      }
      strip[y * width + x] = sum;
    }
  }
  const out = new Float32Array(height * width);
  const line = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    sumRows(down, y, 0, strip, line);
    out.set(line, y * width);
  }
  return out;
}
