// Every scalar operation on its own, over the whole range of float32 and at its limits.
import { E, type Expr } from "@vidtok/tensor";
import { hashValues } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { dense, x, y } from "./inputs.ts";
import { backends } from "./isas.ts";

const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3.5,
  1e-45,
  -1e-45,
  1e-38,
  -1e-38,
  1e-30,
  -1e-30,
  88,
  -88,
  88.7,
  89,
  -87.4,
  -100,
  103,
  104,
  -103,
  -104,
  -105,
  1e4,
  -1e4,
  8388607.5,
  8388609,
  -8388609,
  4194304.5,
  3.4e38,
  -3.4e38,
  Infinity,
  -Infinity,
  NaN,
  0.625,
  -0.625,
  0.6249999,
  Math.SQRT1_2,
  Math.SQRT2,
];

/** Specials, then numbers of every size up to `limit` and both signs. */
function samples(limit: number): Float32Array {
  const signs = hashValues("sign", 6000);
  const sizes = hashValues("size", 6000).map((v, i) =>
    i % 2 ? v * limit : Math.sign(v) * 2 ** (signs[i]! * 126),
  );
  return Float32Array.from([...special, ...sizes]);
}

function roundEven(v: number): number {
  const down = Math.floor(v);
  if (v - down !== 0.5) return Math.round(v);
  return down % 2 === 0 ? down : down + 1;
}

/** Units in the last place between two floats. */
function ulps(actual: number, expected: number): number {
  const rounded = Math.fround(expected);
  if (Object.is(actual, rounded) || actual === rounded) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(rounded)) return Infinity;
  const unit = Math.max(2 ** (Math.floor(Math.log2(Math.abs(rounded) || 1e-45)) - 23), 2 ** -149);
  return Math.abs(actual - expected) / unit;
}

interface Unary {
  readonly name: string;
  readonly expr: Expr;
  readonly f: (v: number) => number;
  /** Largest error in units in the last place. */
  readonly ulp: number;
  readonly limit?: number;
}

const unary: readonly Unary[] = [
  { name: "abs", expr: E.abs(x), f: Math.abs, ulp: 0 },
  { name: "exp", expr: E.exp(x), f: Math.exp, ulp: 2, limit: 110 },
  { name: "log", expr: E.log(x), f: Math.log, ulp: 2 },
  { name: "sqrt", expr: E.sqrt(x), f: Math.sqrt, ulp: 0.501 },
  { name: "tanh", expr: E.tanh(x), f: Math.tanh, ulp: 3, limit: 12 },
  { name: "sigmoid", expr: E.sigmoid(x), f: (v) => 1 / (1 + Math.exp(-v)), ulp: 3, limit: 110 },
  { name: "floor", expr: E.floor(x), f: Math.floor, ulp: 0 },
  { name: "round", expr: E.round(x), f: roundEven, ulp: 0 },
  { name: "stop", expr: E.stop(x), f: (v) => v, ulp: 0 },
];

for (const [isa, backend] of backends) {
  test.each(unary)(`$name on ${isa} is within $ulp ulp`, async ({ expr, f, ulp, limit = 1e6 }) => {
    const data = samples(limit);
    const source = { storage: backend.upload(data), view: dense(data.length) };
    const out = await backend.read(backend.map([data.length], [source], expr));
    const errors = Array.from(out, (value, i) => ulps(value, f(data[i]!)));
    const worst = errors.indexOf(Math.max(...errors));
    expect(errors[worst], `at ${data[worst]}: ${out[worst]}`).toBeLessThanOrEqual(ulp);
  });

  test.each([
    { name: "add", expr: E.add(x, y), f: (a: number, b: number) => a + b },
    { name: "mul", expr: E.mul(x, y), f: (a: number, b: number) => a * b },
    { name: "div", expr: E.div(x, y), f: (a: number, b: number) => a / b },
    { name: "max", expr: E.max(x, y), f: Math.max },
    { name: "min", expr: E.min(x, y), f: Math.min },
    { name: "less", expr: E.less(x, y), f: (a: number, b: number) => Number(a < b) },
    { name: "where", expr: E.where(x, y, 7), f: (a: number, b: number) => (a !== 0 ? b : 7) },
  ])(`$name on ${isa} is exact for every pair of special values`, async ({ expr, f }) => {
    const n = special.length;
    const a = backend.upload(Float32Array.from(special));
    const rows = {
      axes: [
        { size: n, stride: 1, lo: 0, hi: n },
        { size: n, stride: 0, lo: 0, hi: n },
      ],
      offset: 0,
    };
    const columns = { axes: rows.axes.toReversed(), offset: 0 };
    const inputs = [
      { storage: a, view: rows },
      { storage: a, view: columns },
    ];
    const out = await backend.read(backend.map([n, n], inputs, expr));
    const floats = Float32Array.from(special);
    const wanted = Float32Array.from({ length: n * n }, (_, i) =>
      f(floats[Math.floor(i / n)]!, floats[i % n]!),
    );
    // The sign of a zero is nobody's business.
    expect(out.map((v) => v + 0)).toEqual(wanted.map((v) => v + 0));
  });

  test(`max over an axis on ${isa} is NaN where a value is`, async () => {
    for (const length of [3, 40, 700, 40000]) {
      const data = new Float32Array(2 * length);
      data[length - 2] = NaN;
      const source = { storage: backend.upload(data), view: dense(2, length) };
      const across = { ...source, view: { ...source.view, axes: source.view.axes.toReversed() } };
      expect(await backend.read(backend.reduce([2, length], [source], x, "max", 1))).toEqual(
        Float32Array.of(NaN, 0),
      );
      const columns = await backend.read(backend.reduce([length, 2], [across], x, "max", 1));
      expect([columns[length - 2], columns[0]]).toEqual([NaN, 0]);
    }
  });

  test(`a sum of a million terms on ${isa} is good to the last bits`, async () => {
    const data = Float32Array.from({ length: 1 << 20 }, (_, i) => 1 + (i % 7) / 10);
    const exact = data.reduce((sum, v) => sum + v, 0);
    const source = { storage: backend.upload(data), view: dense(data.length) };
    const [sum] = await backend.read(backend.reduce([data.length], [source], x, "sum", 1));
    expect(Math.abs(sum! - exact) / exact).toBeLessThan(2e-7);
  });
}
