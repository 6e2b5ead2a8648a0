// The slow, readable definition of what every kernel computes, in float64. It serves tests and gradient checks, never users.
import type {
  Backend,
  ConvAxis,
  ConvGeometry,
  Precision,
  ProductFormat,
  Source,
  Storage,
} from "../backend.ts";
import { roundToBf16 } from "../bf16.ts";
import type { Expr } from "../expr.ts";
import { evaluate } from "../evaluate.ts";
import { sizeOf, type Shape } from "../shape.ts";

interface Doubles extends Storage {
  readonly data: Float64Array;
}

const store = (data: Float64Array): Doubles => ({
  data,
  size: data.length,
  bytes: data.byteLength,
});

function* indices(shape: Shape): Generator<number[]> {
  const index = shape.map(() => 0);
  for (let n = sizeOf(shape); n > 0; n--) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
}

function at({ storage, view }: Source, index: readonly number[]): number {
  let address = view.offset;
  for (const [i, axis] of view.axes.entries()) {
    if (index[i]! < axis.lo || index[i]! >= axis.hi) return 0;
    address += index[i]! * axis.stride;
  }
  return (storage as Doubles).data[address]!;
}

/** What a source reads, row-major. */
function elements(source: Source): Float64Array {
  const shape = source.view.axes.map((axis) => axis.size);
  const out = new Float64Array(sizeOf(shape));
  let i = 0;
  for (const index of indices(shape)) out[i++] = at(source, index);
  return out;
}

function map(shape: Shape, inputs: readonly Source[], expr: Expr): Doubles {
  const out = new Float64Array(sizeOf(shape));
  let i = 0;
  for (const index of indices(shape)) {
    const values = inputs.map((source) => at(source, index));
    out[i++] = evaluate(expr, values);
  }
  return store(out);
}

function reduce(
  shape: Shape,
  inputs: readonly Source[],
  expr: Expr,
  op: "sum" | "max",
  axes: number,
): Doubles {
  const { data } = map(shape, inputs, expr);
  const kept = sizeOf(shape.slice(0, shape.length - axes));
  const length = sizeOf(shape.slice(shape.length - axes));
  const out = new Float64Array(kept);
  for (let i = 0; i < kept; i++) {
    const values = data.subarray(i * length, (i + 1) * length);
    out[i] =
      op === "sum"
        ? values.reduce((a, b) => a + b, 0)
        : values.reduce((a, b) => Math.max(a, b), -Infinity);
  }
  return store(out);
}

/** The source with its elements rounded; f32 stands for what the backend computes with, float64. */
function rounded(source: Source, format: Precision): Source {
  if (format === "f32") return source;
  return { ...source, storage: roundAll(source.storage as Doubles, format) };
}

function roundAll(storage: Doubles, format: Precision): Doubles {
  return format === "f32" ? storage : store(storage.data.map(roundToBf16));
}

function matmul(left: Source, right: Source, { operands, result }: ProductFormat): Doubles {
  const [a, b] = [rounded(left, operands), rounded(right, operands)];
  const [batch, m, k] = a.view.axes.map((axis) => axis.size) as [number, number, number];
  const n = b.view.axes[2]!.size;
  const [as, bs] = [elements(a), elements(b)];
  const out = new Float64Array(batch * m * n);
  let position = 0;
  for (const [i, row, column] of indices([batch, m, n]) as Generator<[number, number, number]>) {
    let sum = 0;
    for (let inner = 0; inner < k; inner++)
      sum += as[(i * m + row) * k + inner]! * bs[(i * k + inner) * n + column]!;
    out[position++] = sum;
  }
  return roundAll(store(out), result);
}

/** Where tap `k` of output `p` reads, or undefined where that is zero. */
function tap(axis: ConvAxis, p: number, k: number): number | undefined {
  const position = p * axis.stride + k * axis.dilation - axis.padding;
  const index = position / axis.inputDilation;
  return Number.isInteger(index) && index >= 0 && index < axis.in ? index : undefined;
}

function conv(
  input: Source,
  weight: Source,
  bias: Source | undefined,
  geometry: ConvGeometry,
  { operands, result }: ProductFormat,
): Doubles {
  const [x, w] = [rounded(input, operands), rounded(weight, operands)];
  const [t, h, v] = geometry;
  const [n, , , , c] = x.view.axes.map((axis) => axis.size) as [number, ...number[]];
  const o = w.view.axes[0]!.size;
  const [xs, ws] = [elements(x), elements(w)];
  const shape = [n, t.out, h.out, v.out, o];
  const out = new Float64Array(sizeOf(shape));
  let position = 0;
  for (const [i, pt, ph, pw, channel] of indices(shape) as Generator<
    [number, number, number, number, number]
  >) {
    let sum = bias ? at(bias, [channel]) : 0;
    for (let kt = 0; kt < t.taps; kt++) {
      const it = tap(t, pt, kt);
      for (let kh = 0; it !== undefined && kh < h.taps; kh++) {
        const ih = tap(h, ph, kh);
        for (let kw = 0; ih !== undefined && kw < v.taps; kw++) {
          const iw = tap(v, pw, kw);
          if (iw === undefined) continue;
          const pixel = (((i * t.in + it) * h.in + ih) * v.in + iw) * c!;
          const filter = (((channel * t.taps + kt) * h.taps + kh) * v.taps + kw) * c!;
          for (let k = 0; k < c!; k++) sum += xs[pixel + k]! * ws[filter + k]!;
        }
      }
    }
    out[position++] = sum;
  }
  return roundAll(store(out), result);
}

/** The reference backend: every kernel as its definition says, in float64. */
export function referenceBackend(): Backend {
  return {
    name: "reference",
    mode: "float64",
    precisions: ["f32", "bf16"],
    // Longer arrays of doubles do not exist.
    mostElements: 2 ** 32 - 1,
    upload: (data) => store(Float64Array.from(data)),
    read: (storage) => Promise.resolve((storage as Doubles).data.slice()),
    free: () => {},
    map,
    reduce,
    matmul,
    conv,
  };
}
