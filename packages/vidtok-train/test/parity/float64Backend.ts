// The reference backend again, with loops that a training step can wait for: some hundred times as fast, for its parity with float64 goldens.
import { sizeOf } from "@vidtok/tensor";
import type { Backend, ConvAxis, Expr, Source, Storage } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";

interface Doubles extends Storage {
  readonly data: Float64Array;
}

const store = (data: Float64Array): Doubles => ({
  data,
  size: data.length,
  bytes: data.byteLength,
});

/** What a source reads, row-major. */
function elements({ storage, view }: Source): Float64Array {
  const { data } = storage as Doubles;
  const { axes, offset } = view;
  const strides = axes.map((_, i) => sizeOf(axes.slice(i + 1).map(({ size }) => size)));
  const out = new Float64Array(sizeOf(axes.map(({ size }) => size)));
  const fill = (depth: number, from: number, to: number): void => {
    if (depth === axes.length) {
      out[to] = data[from]!;
      return;
    }
    const { stride, lo, hi } = axes[depth]!;
    const step = strides[depth]!;
    for (let i = lo; i < hi; i++) {
      if (depth === axes.length - 1) out[to + i] = data[from + i * stride]!;
      else fill(depth + 1, from + i * stride, to + i * step);
    }
  };
  if (out.length > 0) fill(0, offset, 0);
  return out;
}

const printed = {
  add: (a, b) => `(${a} + ${b})`,
  mul: (a, b) => `(${a} * ${b})`,
  div: (a, b) => `(${a} / ${b})`,
  max: (a, b) => `Math.max(${a}, ${b})`,
  min: (a, b) => `Math.min(${a}, ${b})`,
  less: (a, b) => `(${a} < ${b} ? 1 : 0)`,
  where: (condition, a, b) => `(${condition} !== 0 ? ${a} : ${b})`,
  abs: (a) => `Math.abs(${a})`,
  exp: (a) => `Math.exp(${a})`,
  log: (a) => `Math.log(${a})`,
  sqrt: (a) => `Math.sqrt(${a})`,
  tanh: (a) => `Math.tanh(${a})`,
  sigmoid: (a) => `(1 / (1 + Math.exp(-${a})))`,
  floor: (a) => `Math.floor(${a})`,
  round: (a) => `round(${a})`,
  stop: (a) => a,
} satisfies Record<string, (a: string, b: string, c: string) => string>;

function print(expr: Expr): string {
  if (expr.kind === "input") return `x${expr.index}[i]`;
  if (expr.kind === "constant") return `(${expr.value})`;
  const [a, b, c] = expr.args.map(print);
  return printed[expr.op](a!, b!, c!);
}

/** Halves go to the even number. */
function round(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

type Loop = (out: Float64Array, halfEven: typeof round, ...x: Float64Array[]) => void;

const loops = new Map<string, Loop>();

function loopOf(expr: Expr, inputs: number): Loop {
  const text = print(expr);
  let loop = loops.get(text);
  if (loop === undefined) {
    const names = Array.from({ length: inputs }, (_, k) => `x${k}`);
    const body = `for (let i = 0; i < out.length; i++) out[i] = ${text};`;
    loop = new Function("out", "round", ...names, body) as Loop;
    loops.set(text, loop);
  }
  return loop;
}

const map: Backend["map"] = (shape, inputs, expr) => {
  const out = new Float64Array(sizeOf(shape));
  loopOf(expr, inputs.length)(out, round, ...inputs.map(elements));
  return store(out);
};

const reduce: Backend["reduce"] = (shape, inputs, expr, op, axes) => {
  const { data } = map(shape, inputs, expr) as Doubles;
  const length = sizeOf(shape.slice(shape.length - axes));
  const out = new Float64Array(sizeOf(shape.slice(0, shape.length - axes)));
  for (let i = 0; i < out.length; i++) {
    let total = op === "sum" ? 0 : -Infinity;
    for (let k = i * length; k < (i + 1) * length; k++) {
      total = op === "sum" ? total + data[k]! : Math.max(total, data[k]!);
    }
    out[i] = total;
  }
  return store(out);
};

/** Numbers one after the other, from an index on. */
interface Run {
  readonly data: Float64Array;
  readonly at: number;
}

/** `y[j] += Σk factors[k] · matrix[k, j]` with `rows` rows of `columns`. */
function addProduct(y: Run, factors: Run, matrix: Run, rows: number, columns: number): void {
  const [out, to] = [y.data, y.at];
  const x = matrix.data;
  let k = 0;
  for (; k + 4 <= rows; k += 4) {
    const f = factors.at + k;
    const f0 = factors.data[f]!;
    const f1 = factors.data[f + 1]!;
    const f2 = factors.data[f + 2]!;
    const f3 = factors.data[f + 3]!;
    const x0 = matrix.at + k * columns;
    const x1 = x0 + columns;
    const x2 = x1 + columns;
    const x3 = x2 + columns;
    for (let j = 0; j < columns; j++) {
      out[to + j]! += f0 * x[x0 + j]! + f1 * x[x1 + j]! + f2 * x[x2 + j]! + f3 * x[x3 + j]!;
    }
  }
  for (; k < rows; k++) {
    const f0 = factors.data[factors.at + k]!;
    const x0 = matrix.at + k * columns;
    for (let j = 0; j < columns; j++) out[to + j]! += f0 * x[x0 + j]!;
  }
}

const matmul: Backend["matmul"] = (a, b) => {
  const [batch, rows, inner] = a.view.axes.map(({ size }) => size) as [number, number, number];
  const columns = b.view.axes[2]!.size;
  const [left, right] = [elements(a), elements(b)];
  const out = new Float64Array(batch * rows * columns);
  for (let i = 0; i < batch * rows; i++) {
    const matrix = { data: right, at: Math.floor(i / rows) * inner * columns };
    const [y, factors] = [
      { data: out, at: i * columns },
      { data: left, at: i * inner },
    ];
    addProduct(y, factors, matrix, inner, columns);
  }
  return store(out);
};

/** The taps of output `p` that read something, and what they read. */
function taps(axis: ConvAxis, p: number): readonly (readonly [tap: number, index: number])[] {
  return Array.from({ length: axis.taps }, (_, k) => {
    const position = p * axis.stride + k * axis.dilation - axis.padding;
    return [k, position / axis.inputDilation] as const;
  }).filter(([, index]) => Number.isInteger(index) && index >= 0 && index < axis.in);
}

const conv: Backend["conv"] = (x, w, bias, [t, h, v]) => {
  const n = x.view.axes[0]!.size;
  const c = x.view.axes[4]!.size;
  const [outputs, ...inside] = w.view.axes;
  const o = outputs!.size;
  const xs = elements(x);
  const ws = elements({ storage: w.storage, view: { ...w.view, axes: [...inside, outputs!] } });
  const bs = bias && elements(bias);
  const out = new Float64Array(n * t.out * h.out * v.out * o);
  const [tapsT, tapsH, tapsV] = [t, h, v].map((axis) =>
    Array.from({ length: axis.out }, (_, p) => taps(axis, p)),
  );
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (const inTime of tapsT!) {
      for (const inHeight of tapsH!) {
        for (const inWidth of tapsV!) {
          if (bs) out.set(bs, at);
          for (const [kt, it] of inTime) {
            for (const [kh, ih] of inHeight) {
              for (const [kw, iw] of inWidth) {
                const pixel = (((i * t.in + it) * h.in + ih) * v.in + iw) * c;
                const filter = ((kt * h.taps + kh) * v.taps + kw) * c * o;
                const factors = { data: xs, at: pixel };
                addProduct({ data: out, at }, factors, { data: ws, at: filter }, c, o);
              }
            }
          }
          at += o;
        }
      }
    }
  }
  return store(out);
};

/** Computes what the reference backend does, in float64. */
export function float64Backend(): Backend {
  return { ...referenceBackend(), precisions: ["f32"], map, reduce, matmul, conv };
}
