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
    const low = Math.max(Math.trunc(centre - support + 0.5), 0);
    const high = Math.min(Math.trunc(centre + support + 0.5), input);
    let sum = 0;
    for (let j = low; j < high; j++) {
      sum += weights[i * widest + j - low] = Math.max(
        0,
        1 - Math.abs((j - centre + 0.5) / support),
      );
    }
    for (let j = low; j < high; j++) weights[i * widest + j - low]! /= sum;
    first[i] = low;
    count[i] = high - low;
  }
  return { first, count, weights, widest };
}

/** A window of resized frames, as planes. */
export interface Resizer {
  /** Number of colour planes of the input, interleaved. */
  readonly channels: number;
  /**
   * Resizes one frame `[rows, columns, channels]` and stores `v * gain + bias` of each value: that
   * of plane c, row y, column x at `out[start + c * planeStride + y * rowStride + x]`.
   */
  run(frame: Uint8Array | Float32Array, target: PlaneTarget): void;
}

/** Where and how a resizer stores its output. */
export interface PlaneTarget {
  readonly out: Float32Array;
  readonly start: number;
  readonly planeStride: number;
  readonly rowStride: number;
  readonly gain: number;
  readonly bias: number;
}

/** Prepares an antialiased bilinear resize (half-pixel centres); columns first, then rows. */
export function makeResizer(rows: AxisWindow, columns: AxisWindow, channels: number): Resizer {
  const across = taps(columns);
  const down = taps(rows);
  const width = columns.length;
  const last = rows.length - 1;
  const top = rows.length === 0 ? 0 : down.first[0]!;
  const bottom = rows.length === 0 ? 0 : down.first[last]! + down.count[last]!;
  const strip = new Float32Array(Math.max(0, bottom - top) * channels * width);
  const line = new Float64Array(width);

  return {
    channels,
    run(frame, { out, start, planeStride, rowStride, gain, bias }) {
      for (let y = top; y < bottom; y++) {
        shrinkRow(frame, y * columns.input * channels, strip, (y - top) * channels * width);
      }
      for (let y = 0; y < rows.length; y++) {
        for (let c = 0; c < channels; c++) {
          sumRows(y, c);
          const to = start + c * planeStride + y * rowStride;
          for (let x = 0; x < width; x++) out[to + x] = line[x]! * gain + bias;
        }
      }
    },
  };

  function shrinkRow(
    from: Uint8Array | Float32Array,
    at: number,
    to: Float32Array,
    start: number,
  ): void {
    const { first, count, weights, widest } = across;
    for (let x = 0; x < width; x++) {
      const n = count[x]!;
      const base = at + first[x]! * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0, p = base + c; j < n; j++, p += channels) {
          sum += weights[x * widest + j]! * from[p]!;
        }
        to[start + c * width + x] = sum;
      }
    }
  }

  function sumRows(y: number, c: number): void {
    line.fill(0);
    for (let j = 0; j < down.count[y]!; j++) {
      const weight = down.weights[y * down.widest + j]!;
      const row = ((down.first[y]! - top + j) * channels + c) * width;
      for (let x = 0; x < width; x++) line[x]! += weight * strip[row + x]!;
    }
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
  const out = new Float32Array(height * width);
  const rows = { input: h, size: height, from: 0, length: height };
  const columns = { input: w, size: width, from: 0, length: width };
  const target = { out, start: 0, planeStride: 0, rowStride: width, gain: 1, bias: 0 };
  makeResizer(rows, columns, 1).run(image, target);
  return out;
}
