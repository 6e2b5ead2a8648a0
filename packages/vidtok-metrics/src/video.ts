/** Frames as numbers in memory: a typed array with its shape, or an `ndarray` (strides and offset are followed). */
export interface Video {
  readonly data: Uint8Array | Uint8ClampedArray | Float32Array | Float64Array;
  readonly shape: readonly number[];
  /** Elements between neighbours along each axis; dense row-major when absent. */
  readonly stride?: readonly number[];
  /** Index of the first element, default 0. */
  readonly offset?: number;
}

/** What the axes of a shape are: t frames, h rows, w columns, c channels. */
export type Layout = "thwc" | "tchw" | "cthw" | "hwc" | "chw";

/** The values that stand for black and white. */
export type ValueRange = readonly [0, 255] | readonly [0, 1] | readonly [-1, 1];

/** How two videos are to be read. */
export interface PairOptions {
  /** Default `thwc` for four axes and `hwc` for three. */
  readonly layout?: Layout;
  /** Default [0, 255] for bytes and [0, 1] for floats. */
  readonly range?: ValueRange;
}

/** A video, checked, as planes of values in [0, 1]. */
export interface Planes {
  readonly frames: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly layout: Layout;
  readonly range: ValueRange;
  /** Writes channel `c` of frame `t`, `[height · width]` values in [0, 1]. */
  read(t: number, c: number, out: Float64Array): void;
}

/** Two videos of one shape, checked, as planes of values in [0, 1]. */
export interface Pair extends Omit<Planes, "read"> {
  /** Writes channel `c` of frame `t` of each video, `[height · width]` values in [0, 1]. */
  read(t: number, c: number, a: Float64Array, b: Float64Array): void;
}

/** Checks that `a` and `b` can be compared and tells how; `op` names the caller in errors. */
export function pair(op: string, a: Video, b: Video, options: PairOptions = {}): Pair {
  if (a.shape.length !== b.shape.length || a.shape.some((n, i) => n !== b.shape[i])) {
    throw new RangeError(`${op}: a is ${show(a.shape)} but b is ${show(b.shape)}`);
  }
  const range = options.range ?? commonRange(op, a, b);
  const planesOfA = planes(op, "a", a, { ...options, range });
  const planesOfB = planes(op, "b", b, { ...options, range });
  return {
    ...planesOfA,
    read(t, c, outA, outB) {
      planesOfA.read(t, c, outA);
      planesOfB.read(t, c, outB);
    },
  };
}

/** Checks that a video can be read and tells how; `op` names the caller and `name` the video in errors. */
export function planes(op: string, name: string, video: Video, options: PairOptions = {}): Planes {
  const { shape } = video;
  const layout = options.layout ?? (shape.length === 3 ? "hwc" : "thwc");
  const range = options.range ?? (isBytes(video) ? [0, 255] : [0, 1]);
  if (shape.length !== layout.length) {
    throw new RangeError(
      `${op}: ${name} ${show(shape)} has ${shape.length} axes but layout ${layout} has ${layout.length}`,
    );
  }
  const extent = (axis: string): number => shape[layout.indexOf(axis)] ?? 1;
  const channels = extent("c");
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new RangeError(
      `${op}: layout ${layout} of ${name} ${show(shape)} has ${channels} channels, needed 1, 3 or 4; name another layout`,
    );
  }
  if (shape.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new RangeError(`${op}: ${name} ${show(shape)} is empty`);
  }
  return {
    frames: extent("t"),
    channels,
    height: extent("h"),
    width: extent("w"),
    layout,
    range,
    read: planeReader(op, name, video, layout, range),
  };
}

function commonRange(op: string, a: Video, b: Video): ValueRange {
  if (isBytes(a) !== isBytes(b)) {
    throw new RangeError(
      `${op}: a is ${isBytes(a) ? "bytes" : "floats"} and b ${isBytes(b) ? "bytes" : "floats"}; name the range of both`,
    );
  }
  return isBytes(a) ? [0, 255] : [0, 1];
}

function isBytes({ data }: Video): boolean {
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray;
}

function planeReader(op: string, name: string, video: Video, layout: Layout, range: ValueRange) {
  const { data, shape } = video;
  const stride = video.stride ?? denseStrides(shape);
  const offset = video.offset ?? 0;
  checkExtent(op, name, video, stride, offset);
  const along = (axis: string): number => stride[layout.indexOf(axis)] ?? 0;
  const [st, sc, sh, sw] = [along("t"), along("c"), along("h"), along("w")];
  const height = shape[layout.indexOf("h")]!;
  const width = shape[layout.indexOf("w")]!;
  const [low, high] = range;
  return (t: number, c: number, out: Float64Array): void => {
    for (let y = 0; y < height; y++) {
      const from = offset + t * st + c * sc + y * sh;
      const x = readRow(data, from, sw, width, low, high, out, y * width);
      if (x === width) continue;
      throw new RangeError(
        `${op}: ${name} is ${data[from + x * sw]} at frame ${t}, channel ${c}, row ${y}, column ${x}, outside [${low}, ${high}]; name the range or clamp`,
      );
    }
  };
}

/** Scales a row to [0, 1]; returns the column of the first value outside the range, or `count`. By itself it runs nearly twice as fast as inlined. */
function readRow(
  data: Video["data"],
  from: number,
  step: number,
  count: number,
  low: number,
  high: number,
  out: Float64Array,
  to: number,
): number {
  const scale = 1 / (high - low);
  for (let i = 0; i < count; i++) {
    const value = data[from + i * step]!;
    // Written so that NaN fails too.
    if (!(value >= low && value <= high)) return i;
    out[to + i] = (value - low) * scale;
  }
  return count;
}

function checkExtent(
  op: string,
  name: string,
  { data, shape }: Video,
  stride: readonly number[],
  offset: number,
): void {
  let first = offset;
  let last = offset;
  shape.forEach((n, axis) => {
    const reach = (n - 1) * stride[axis]!;
    if (reach < 0) first += reach;
    else last += reach;
  });
  if (first < 0 || last >= data.length) {
    throw new RangeError(
      `${op}: ${name} has ${data.length} values but shape ${show(shape)} reads ${first} to ${last}`,
    );
  }
}

function denseStrides(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    stride[axis] = stride[axis + 1]! * shape[axis + 1]!;
  }
  return stride;
}

function show(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
